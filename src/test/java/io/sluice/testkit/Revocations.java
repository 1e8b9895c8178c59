package io.sluice.testkit;

import io.netty.pkitesting.RevocationServer;
import io.netty.pkitesting.X509Bundle;
import java.io.InputStream;
import java.time.Instant;

/** The list of certificates that an authority of a test has revoked. */
public final class Revocations {
  private final RevocationServer server;
  private final X509Bundle authority;

  /** A list without an entry. */
  public Revocations(X509Bundle authority) throws Exception {
    this.authority = authority;
    server = RevocationServer.getInstance();
    server.register(authority);
  }

  /** Puts a certificate on it. */
  public Revocations revoke(X509Bundle certificate) {
    server.revoke(certificate, Instant.now());
    return this;
  }

  /** The list as it is now, in DER. */
  public byte[] list() throws Exception {
    try (InputStream in = server.getCrlUri(authority).toURL().openStream()) {
      return in.readAllBytes();
    }
  }
}
