// What nodemailer's mailparser makes of a message: node mails.js FILE
const fs = require("fs");
const { simpleParser } = require("mailparser");

simpleParser(fs.readFileSync(process.argv[2])).then((mail) => {
  const addresses = (field) => (field ? field.value.map((each) => each.address) : []);
  console.log(
    JSON.stringify({
      subject: mail.subject,
      to: addresses(mail.to),
      cc: addresses(mail.cc),
      text: mail.text,
      html: mail.html,
      unsent: mail.headers.get("x-unsent"),
      heads: [...mail.headers.keys()],
      attachments: mail.attachments.map((each) => [each.filename, each.contentType, each.content.toString("base64")]),
    }),
  );
});
