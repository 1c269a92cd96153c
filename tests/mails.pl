# What Debian's MIME-tools make of a message: perl mails.pl FILE FOLDER
use strict;
use warnings;
use MIME::Parser;
use MIME::WordDecoder;

binmode STDOUT, ":utf8";
my $parser = MIME::Parser->new;
$parser->output_dir($ARGV[1]);
my $mail = $parser->parse_open($ARGV[0]);
my $subject = mime_to_perl_string($mail->head->get("Subject"));
$subject =~ s/\s*\n\s*/ /g;
$subject =~ s/\s+$//;
print "subject\t$subject\n";
for my $part ($mail->parts_DFS) {
    my $type = $part->mime_type;
    if ($type eq "text/plain" or $type eq "text/html") {
        my $text = Encode::decode("utf-8", $part->bodyhandle->as_string);
        $text =~ s/\r?\n/\\n/g;
        print $type eq "text/plain" ? "text" : "html", "\t$text\n";
    }
    elsif ($type =~ /sheet$/) {
        print "name\t", $part->head->recommended_filename, "\n";
        print "file\t", $part->bodyhandle->path, "\n";
    }
}
