"""What carries returned files: mails, mailboxes and archives."""
