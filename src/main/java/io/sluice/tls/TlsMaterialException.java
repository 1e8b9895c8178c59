package io.sluice.tls;

/**
 * Certificates, keys or authorities that cannot be used: the message says which, why, and what to
 * do.
 */
public final class TlsMaterialException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String part;

  TlsMaterialException(String part, String message) {
    super(message);
    this.part = part;
  }

  TlsMaterialException(String part, String message, Throwable cause) {
    super(message, cause);
    this.part = part;
  }

  /**
   * The key that it is about, below the certificate's or the section's own: {@code cert}, {@code
   * key}, {@code bundle}, {@code ca} or {@code crl}.
   */
  public String part() {
    return part;
  }

  /** The sentence. */
  String sentence() {
    return String.valueOf(getMessage());
  }
}
