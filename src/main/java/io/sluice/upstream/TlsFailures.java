package io.sluice.upstream;

import java.io.FileNotFoundException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import org.jspecify.annotations.Nullable;

/** Turns what connecting and TLS throw into one phrase that an operator can act on. */
public final class TlsFailures {
  private TlsFailures() {}

  /** The phrase. */
  public static String describe(Throwable failure) {
    Throwable last = failure;
    for (Throwable t = failure; t != null; t = next(t)) {
      last = t;
      if (t instanceof CertificateExpiredException) {
        return "certificate expired (" + t.getMessage() + ")";
      }
      if (t instanceof CertificateNotYetValidException) {
        return "certificate not valid yet (" + t.getMessage() + ")";
      }
      if (t instanceof CertPathBuilderException) {
        return "certificate of an unknown authority (" + t.getMessage() + ")";
      }
      if (t instanceof FileNotFoundException) { // a Unix socket's; Netty leaves the words out
        return "no such file or directory";
      }
    }
    String message = last.getMessage();
    return message == null ? last.getClass().getSimpleName() : message;
  }

  private static @Nullable Throwable next(Throwable t) {
    return t.getCause() == t ? null : t.getCause();
  }
}
