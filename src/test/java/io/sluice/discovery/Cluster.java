package io.sluice.discovery;

import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** fabric8's API server, which keeps the slices that it is given and tells watches of them. */
public final class Cluster implements AutoCloseable {
  // Held here, or the level would be forgotten with the logger.
  private static final Logger REQUESTS = Logger.getLogger(MockWebServer.class.getName());

  private final KubernetesMockServer server;
  private final KubernetesClient client;
  private boolean closed;

  /** Starts one; clients in this process find it by the kubeconfig that is written. */
  public Cluster(Path directory) throws IOException {
    REQUESTS.setLevel(Level.WARNING);
    server =
        new KubernetesMockServer(
            new Context(),
            new MockWebServer(),
            new HashMap<>(),
            new KubernetesCrudDispatcher(),
            false);
    server.init(InetAddress.getLoopbackAddress(), 0);
    client = server.createClient();
    System.setProperty(
        KubernetesConfig.PROPERTY,
        KubernetesConfig.write(directory, "http://localhost:" + server.getPort()).toString());
  }

  /** A pod of a slice, with its conditions. */
  public record Pod(String address, boolean ready, boolean serving, boolean terminating) {
    /** One that takes requests. */
    public static Pod ready(String address) {
      return new Pod(address, true, true, false);
    }

    /** One that was told to end and still serves. */
    public static Pod ending(String address) {
      return new Pod(address, false, true, true);
    }

    /** One that does not serve. */
    public static Pod out(String address) {
      return new Pod(address, false, false, false);
    }

    private Endpoint endpoint() {
      return new EndpointBuilder()
          .withAddresses(address)
          .withNewConditions(ready, serving, terminating)
          .withZone("a")
          .withNewTargetRef()
          .withKind("Pod")
          .withName("pod-" + address.replace('.', '-'))
          .endTargetRef()
          .build();
    }
  }

  /** Makes or replaces a slice of the Service web in the namespace shop. */
  public void put(String name, int port, List<Pod> pods) {
    EndpointSlice slice =
        new EndpointSliceBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace("shop")
            .addToLabels("kubernetes.io/service-name", "web")
            .endMetadata()
            .withAddressType("IPv4")
            .addNewPort()
            .withName("http")
            .withPort(port)
            .withProtocol("TCP")
            .endPort()
            .withEndpoints(pods.stream().map(Pod::endpoint).toList())
            .build();
    var slices = client.discovery().v1().endpointSlices().inNamespace("shop");
    if (slices.withName(name).get() == null) {
      slices.resource(slice).create();
    } else {
      slices.resource(slice).update();
    }
  }

  /** The same with pods that are ready. */
  public void put(String name, int port, String... addresses) {
    put(name, port, List.of(addresses).stream().map(Pod::ready).toList());
  }

  /** Removes a slice. */
  public void delete(String name) {
    client.discovery().v1().endpointSlices().inNamespace("shop").withName(name).delete();
  }

  @Override
  public void close() {
    System.clearProperty(KubernetesConfig.PROPERTY);
    if (!closed) {
      closed = true;
      client.close();
      try {
        server.destroy();
      } catch (IllegalStateException e) {
        // it waits in vain, at times, for a watch that was given up while it began
        REQUESTS.log(Level.WARNING, "the API server of the test did not end in time", e);
      }
    }
  }
}
