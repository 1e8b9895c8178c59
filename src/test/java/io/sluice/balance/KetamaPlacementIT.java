package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.testing.Until;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same servers and keys behind nginx's {@code hash ... consistent} and behind ours. */
class KetamaPlacementIT {
  private static final int KEYS = 3000;
  private static final int[] WEIGHTS = {1, 3, 2, 1, 5};

  @TempDir private Path directory;

  private static @Nullable Path nginx() {
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return Stream.concat(Stream.of(path.split(":")), Stream.of("/usr/sbin", "/usr/local/sbin"))
        .map(dir -> Path.of(dir, "nginx"))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  @Test
  void everyKeyGoesToTheServerThatNginxChooses() throws Exception {
    Path nginx = nginx();
    if (nginx == null) {
      if ("true".equals(System.getenv("CI"))) {
        throw new AssertionError("nginx is missing: install Debian's package nginx-light");
      }
      System.err.println("SKIPPED: ketama's placement is not compared, for nginx is not installed");
      abort("nginx is not installed");
      return;
    }
    List<Integer> ports = freePorts(WEIGHTS.length + 1);
    Files.writeString(directory.resolve("nginx.conf"), configuration(ports));
    Process process =
        new ProcessBuilder(
                nginx.toString(), "-p", directory.toString(), "-c", directory + "/nginx.conf")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    try {
      int front = ports.get(WEIGHTS.length);
      Until.holds("nginx to listen", () -> listens(process, front));
      compare(front, ports);
    } finally {
      process.destroy();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private boolean listens(Process process, int port) throws IOException {
    if (!process.isAlive()) {
      throw new AssertionError("nginx: " + Files.readString(directory.resolve("output")));
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static void compare(int front, List<Integer> ports) throws Exception {
    List<BackendSpec> specs = new ArrayList<>();
    for (int i = 0; i < WEIGHTS.length; i++) {
      Address address = new Address.Tcp("127.0.0.1", ports.get(i));
      specs.add(BackendSpec.of(address).withWeight(WEIGHTS[i]));
    }
    List<Backend> backends = TestPool.living(PoolSpec.of("p", specs));
    Ketama ketama = new Ketama();
    Hashed.Table table = ketama.table(backends);
    int[] seen = new int[WEIGHTS.length];
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (int i = 0; i < KEYS; i++) {
        byte[] key = ("user-" + i).getBytes(StandardCharsets.US_ASCII);
        int owner = table.owner(table.place(ketama.hash().read(key, 0, key.length)));
        URI uri = URI.create("http://127.0.0.1:" + front + "/?k=user-" + i);
        String port =
            client
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
        assertThat(port).as("user-%d", i).isEqualTo(ports.get(owner).toString());
        seen[owner]++;
      }
    }
    assertThat(seen).as("each server was chosen").doesNotContain(0);
  }

  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      held.add(socket);
      ports.add(socket.getLocalPort());
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
    return ports;
  }

  private String configuration(List<Integer> ports) {
    StringBuilder upstream = new StringBuilder();
    StringBuilder servers = new StringBuilder();
    for (int i = 0; i < WEIGHTS.length; i++) {
      int port = ports.get(i);
      upstream.append("server 127.0.0.1:%d weight=%d;\n".formatted(port, WEIGHTS[i]));
      servers.append(
          "server { listen 127.0.0.1:%d; location / { return 200 %d; } }\n".formatted(port, port));
    }
    String user = "root".equals(System.getProperty("user.name")) ? "user root;" : "";
    return """
        %s
        daemon off;
        worker_processes 1;
        pid %s/pid;
        error_log stderr;
        events { worker_connections 256; }
        http {
          access_log off;
          client_body_temp_path %s/body; proxy_temp_path %s/proxy; fastcgi_temp_path %s/fastcgi;
          uwsgi_temp_path %s/uwsgi; scgi_temp_path %s/scgi;
          upstream ring { hash $arg_k consistent; %s keepalive 8; }
          server {
            listen 127.0.0.1:%d;
            location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://ring; }
          }
          %s
        }
        """
        .replace("%s/", directory + "/")
        .formatted(user, upstream, ports.get(WEIGHTS.length), servers);
  }
}
