// SPDX-License-Identifier: ISC
//
// A message with all that is easily damaged on the way: lines that begin
// with dots, a line as long as lines may be, blanks at the end of lines, two
// parts, and text that looks like commands.

#include "base/bytes.h"
#include "tool/demo_parts.h"

static const char head[] =
    "From: <postmaster@exchange.corp.example>\r\n"
    "To: <orders@iis.corp.example>\r\n"
    "Subject: The first message\r\n"
    "Date: Wed, 08 May 2002 09:00:00 +0000\r\n"
    "Message-ID: <Q279214@exchange.corp.example>\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=\"part\"\r\n"
    "\r\n"
    "--part\r\n"
    "Content-Type: text/plain\r\n"
    "\r\n"
    "This is the message that used to be bounced.\r\n"
    ".\x20\r\n"
    "..\r\n"
    ".a line that begins with a dot\r\n"
    "blanks at the end of this line  \t \r\n"
    "QUIT\r\n"
    "--part\r\n"
    "Content-Type: text/plain; name=\"long\"\r\n"
    "\r\n";
static const char tail[] = "\r\n"
			   "--part--\r\n";

const char *
demo_message(size_t *size)
{
	static char text[4096];
	struct writer out = writer_over(text, sizeof text);

	writer_text(&out, head);
	for (int i = 0; i < 998; i++) // RFC 5321 section 4.5.3.1.6
		writer_u8(&out, (uint8_t)('!' + i % 94));
	writer_text(&out, tail);
	*size = out.size;
	return text;
}
