package io.sluice.http;

import org.jspecify.annotations.Nullable;

/** An answer's head (RFC 9112 4), as strict as a request's: a backend may be hostile as well. */
public final class ResponseHead extends MessageHead {
  private int status;
  private int minor;
  private int reasonStart;
  private int reasonEnd;
  private long length;
  private boolean chunked;
  private boolean keepAlive;

  @Override
  public void reset() {
    super.reset();
    status = 0;
    minor = 1;
    reasonStart = reasonEnd = 0;
    length = -1;
    chunked = keepAlive = false;
  }

  @Override
  HttpViolation startLineTooLong() {
    return HttpViolation.STATUS_LINE;
  }

  @Override
  @Nullable HttpViolation checkUnfinishedStart(byte[] b, int from, int to) {
    return null;
  }

  @Override
  HttpViolation badLineEnd(byte[] b, int from, int to) {
    return HttpViolation.STATUS_LINE;
  }

  @Override
  @Nullable HttpViolation startLine(int from, int to) {
    byte[] b = bytes;
    boolean well =
        to - from >= 12
            && b[from] == 'H'
            && b[from + 1] == 'T'
            && b[from + 2] == 'T'
            && b[from + 3] == 'P'
            && b[from + 4] == '/'
            && b[from + 5] == '1'
            && b[from + 6] == '.'
            && digit(b[from + 7]) >= 0
            && b[from + 8] == ' '
            && digit(b[from + 9]) >= 1
            && digit(b[from + 9]) <= 5
            && digit(b[from + 10]) >= 0
            && digit(b[from + 11]) >= 0
            && (to - from == 12 || b[from + 12] == ' ');
    if (!well) {
      return HttpViolation.STATUS_LINE;
    }
    minor = b[from + 7] == '0' ? 0 : 1;
    status = digit(b[from + 9]) * 100 + digit(b[from + 10]) * 10 + digit(b[from + 11]);
    reasonStart = Math.min(from + 13, to);
    reasonEnd = to;
    int control = Ascii.control(b, reasonStart, to);
    return control < to && b[control] != '\t' ? HttpViolation.STATUS_LINE : null;
  }

  private static int digit(byte b) {
    return b >= '0' && b <= '9' ? b - '0' : -1;
  }

  @Override
  @Nullable HttpViolation finish() {
    long n = contentLength();
    if (n == -2) {
      return HttpViolation.CONTENT_LENGTH;
    }
    if (has(Field.TRANSFER_ENCODING)) {
      if (n >= 0) {
        return HttpViolation.LENGTH_AND_CODING;
      }
      if (minor == 0 || !isChunkedOnly() || status < 200 || status == 204) {
        return HttpViolation.TRANSFER_ENCODING;
      }
      chunked = true;
    }
    length = n;
    boolean close = listed(Field.CONNECTION, CLOSE);
    keepAlive = !close && (minor == 1 || listed(Field.CONNECTION, MessageHead.KEEP_ALIVE));
    dropHopByHop();
    return null;
  }

  /** 100 to 599. */
  public int status() {
    return status;
  }

  public int reasonStart() {
    return reasonStart;
  }

  public int reasonEnd() {
    return reasonEnd;
  }

  /** The announced length; -1 without one. */
  public long length() {
    return length;
  }

  public boolean isChunked() {
    return chunked;
  }

  /** Whether the backend keeps the connection open behind this answer. */
  public boolean isKeepAlive() {
    return keepAlive;
  }

  /** Whether this status never has a body, whatever its fields say (RFC 9112 6.3 rule 1). */
  public boolean isBodiless() {
    return status < 200 || status == 204 || status == 304;
  }
}
