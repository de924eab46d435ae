"""Messages as other mail systems send them back."""

from email.message import EmailMessage


def dsn(status: str, diagnostic: str, action: str = "failed", fields: str = "") -> bytes:
    lines = f"""From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: bounce@tbt.example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B/mx"

--B/mx
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.org.

--B/mx
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
{fields}
Final-Recipient: rfc822; li@firm.example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--B/mx
Content-Type: message/rfc822

From: alerts@tbt.example.org
Subject: hello
Message-ID: <alert-1-0123456789abcdef@tbt.example.org>

body
--B/mx--
"""
    return lines.replace("\n", "\r\n").encode()


def prose(sender: str, subject: str, body: str, charset: str = "utf-8", subtype: str = "plain") -> bytes:
    message = EmailMessage()
    message["From"] = sender
    message["Subject"] = subject
    message.set_content(body, charset=charset, subtype=subtype)
    return message.as_bytes()


def arf(kind: str = "abuse", message_id: str = "<alert-1-0123456789abcdef@tbt.example.org>") -> bytes:
    lines = f"""From: <abusedesk@example.net>
To: <complaints@tbt.example.org>
Subject: FW: Alert
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1"

--part1
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part1
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1

--part1
Content-Type: message/rfc822
Content-Disposition: inline

From: alerts@tbt.example.org
Message-ID: {message_id}
Subject: Alert

text
--part1--
"""
    return lines.replace("\n", "\r\n").encode()
