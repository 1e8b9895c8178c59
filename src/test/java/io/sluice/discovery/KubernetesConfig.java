package io.sluice.discovery;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A kubeconfig, as it names an API server to every client. */
public final class KubernetesConfig {
  /** Names the file in this process, as {@code KUBECONFIG} does in another. */
  public static final String PROPERTY = "kubeconfig";

  private KubernetesConfig() {}

  /** Writes one for a server, with {@code shop} as the namespace. */
  public static Path write(Path directory, String server) throws IOException {
    return write(directory, server, "");
  }

  /**
   * The same.
   *
   * @param more members of the cluster, as {@code , "certificate-authority": "/ca.pem"}
   */
  public static Path write(Path directory, String server, String more) throws IOException {
    return Files.writeString(
        directory.resolve("kubeconfig.json"),
        """
        {"apiVersion": "v1", "kind": "Config", "current-context": "c",
         "clusters": [{"name": "c", "cluster": {"server": "%s"%s}}],
         "users": [{"name": "u", "user": {"token": "secret"}}],
         "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}]}
        """
            .formatted(server, more));
  }
}
