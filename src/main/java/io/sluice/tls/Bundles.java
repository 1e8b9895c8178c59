package io.sluice.tls;

import java.io.IOException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** Where certificates that are given by name come from. */
public interface Bundles {
  /** There are none. */
  Bundles NONE =
      name -> {
        throw new IOException("does not exist: this process knows no SSL bundles");
      };

  /**
   * A certificate with its key.
   *
   * @param chain the certificate first, as it is sent
   */
  record Pair(List<X509Certificate> chain, PrivateKey key) {
    public Pair {
      chain = List.copyOf(chain);
    }
  }

  /**
   * Reads a bundle as it is now.
   *
   * @throws IOException with the end of a sentence that begins with the bundle's name
   */
  Pair load(String name) throws IOException;
}
