package io.sluice.upstream;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.sluice.config.TlsSpec;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SNIHostName;

/**
 * TLS material for each distinct setting, loaded before a configuration is published so that a
 * missing or broken file is found then. Sessions are kept for resumption in each context.
 */
final class TlsContexts {
  static {
    // TLS 1.2 sessions come back by ticket as well as those of 1.3, which do by default.
    if (System.getProperty("jdk.tls.client.enableSessionTicketExtension") == null) {
      System.setProperty("jdk.tls.client.enableSessionTicketExtension", "true");
    }
  }

  /** Some thousands of certificates. */
  private static final long MOST_PEM_BYTES = 4L << 20;

  private final Map<TlsSpec, SslContext> contexts = new ConcurrentHashMap<>();

  /**
   * The context for a setting.
   *
   * @throws UpstreamConfigurationException when a file cannot be read or understood
   */
  SslContext of(TlsSpec spec) {
    return contexts.computeIfAbsent(spec, TlsContexts::build);
  }

  /** Forgets the contexts of all other settings; connections that have them keep them. */
  void retain(Set<TlsSpec> used) {
    contexts.keySet().retainAll(used);
  }

  private static SslContext build(TlsSpec spec) {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2");
      if (spec.sni() != null) {
        builder.serverName(new SNIHostName(spec.sni()));
      }
      if (!spec.verify()) {
        builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
        builder.endpointIdentificationAlgorithm(null);
      } else {
        builder.endpointIdentificationAlgorithm("HTTPS");
        if (spec.ca() != null) {
          builder.trustManager(pem(spec.ca()));
        }
      }
      TlsSpec.ClientCertificate own = spec.clientCertificate();
      if (own != null) {
        builder.keyManager(pem(own.cert()), pem(own.key()));
      }
      SslContext context = builder.build();
      if (own != null) {
        CertificateFiles.requireMatch(own);
      }
      return context;
    } catch (IOException | IllegalArgumentException e) {
      throw new UpstreamConfigurationException(
          "TLS settings cannot be used (" + files(spec) + "): " + TlsFailures.describe(e), e);
    }
  }

  /**
   * The file, when it can be one: a path may come from far away through the API, and a device, a
   * pipe or something huge would hold up or fill the process before anybody looks at its content.
   * Links are followed: Kubernetes shows secrets through them.
   */
  private static File pem(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "there is no such file");
    }
    if (!Files.isRegularFile(file)) {
      throw new FileSystemException(file.toString(), null, "is not a regular file");
    }
    long size = Files.size(file);
    if (size > MOST_PEM_BYTES) {
      throw new FileSystemException(
          file.toString(),
          null,
          "has %d bytes; a PEM file here has at most %d".formatted(size, MOST_PEM_BYTES));
    }
    return file.toFile();
  }

  private static String files(TlsSpec spec) {
    TlsSpec.ClientCertificate own = spec.clientCertificate();
    Path ca = spec.ca();
    return "ca "
        + (ca == null ? "of the Java runtime" : ca)
        + (own == null ? "" : ", cert " + own.cert() + ", key " + own.key());
  }
}
