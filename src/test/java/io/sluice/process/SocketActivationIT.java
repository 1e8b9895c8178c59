package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.SluiceProcess.Way;
import io.sluice.testkit.ScriptedBackend;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sockets that systemd would pass on, passed on by a program that does the same. */
@Timeout(300)
class SocketActivationIT {

  /**
   * Binds what it is told, puts the real ports into the configuration, and becomes Sluice with the
   * sockets as descriptors 3 and on. Arguments: LISTEN_PID ("own" for the real one), the sockets
   * (host:0, a path, or udp), "--", the command.
   */
  private static final String PASS =
      """
      import os, socket, sys
      end = sys.argv.index('--')
      made = []
      text = open('template.yaml').read()
      for i, at in enumerate(sys.argv[2:end]):
          if at.startswith('/'):
              s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
              s.bind(at)
              s.listen(16)
          elif at == 'udp':
              s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
              s.bind(('127.0.0.1', 0))
          else:
              host = at.rsplit(':', 1)[0]
              s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
              s.bind((host, 0))
              s.listen(16)
              text = text.replace('PORT%d' % i, str(s.getsockname()[1]))
          made.append(os.dup(s.fileno()) if s.fileno() < 100 else s.fileno())
          sys.stdout.write('%s\\n' % (s.getsockname(),))
      sys.stdout.flush()
      open('sluice.yaml', 'w').write(text)
      kept = [os.dup2(fd, 100 + i) for i, fd in enumerate(made)]
      for i, fd in enumerate(kept):
          os.dup2(fd, 3 + i, inheritable=True)
      for fd in kept:
          os.close(fd)
      os.environ['LISTEN_FDS'] = str(len(kept))
      os.environ['LISTEN_PID'] = str(os.getpid()) if sys.argv[1] == 'own' else sys.argv[1]
      os.execvp(sys.argv[end + 1], sys.argv[end + 1:])
      """;

  @TempDir Path directory;
  private ScriptedBackend backend;

  @BeforeEach
  void startBackend() throws Exception {
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stopBackend() throws Exception {
    backend.close();
  }

  private SluiceProcess start(
      String pid, List<String> sockets, String listeners, String admin, String... flags)
      throws Exception {
    Files.writeString(
        directory.resolve("template.yaml"),
        """
        sluice:
          listeners: %s
          admin: {address: "%s"}
          bootstrap:
            pools: [{id: default, backends: ["127.0.0.1:%d"]}]
        """
            .formatted(listeners, admin, backend.port()));
    List<String> arguments = new ArrayList<>(List.of("-c", "sluice.yaml"));
    arguments.addAll(List.of(flags));
    List<String> command = new ArrayList<>(List.of("python3", "-c", PASS, pid));
    command.addAll(sockets);
    command.add("--");
    command.addAll(
        SluiceProcess.javaCommand(Way.LAUNCHED, List.of(), arguments.toArray(String[]::new)));
    Map<String, String> environment = new HashMap<>(AdminApi.ENVIRONMENT);
    environment.put("LISTEN_FDNAMES", "web:second");
    return SluiceProcess.command(directory, environment, command);
  }

  @Test
  void socketsAreTheListenersWithTheirAddresses() throws Exception {
    Path unix = directory.resolve("front.sock");
    try (SluiceProcess sluice =
        start(
            "own",
            List.of("127.0.0.1:0", unix.toString(), "127.0.0.1:0"),
            "[{address: \"127.0.0.1:PORT0\"}, {address: \"unix:%s\"}, {address: \"127.0.0.1:0\"}]"
                .formatted(unix),
            "127.0.0.1:PORT2")) {
      sluice.awaitServing();
      sluice.awaitError("descriptor 3 \\(web\\) from systemd is the listener 127.0.0.1:\\d+");
      sluice.awaitError("descriptor 4 \\(second\\) from systemd is the listener unix:" + unix);
      sluice.awaitError("descriptor 5 from systemd is the admin address 127.0.0.1:\\d+");
      assertThat(Http.get(sluice.proxy()).statusCode()).isEqualTo(200);
      assertThat(overUnix(unix)).startsWith("HTTP/1.1 200 ");
      assertThat(Http.get(sluice.admin().resolve("/actuator/health/readiness")).statusCode())
          .isEqualTo(200);
      sluice.kill("TERM");
      assertThat(sluice.exitCode()).isZero();
    }
  }

  private static String overUnix(Path path) throws Exception {
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(path));
      client.write(
          ByteBuffer.wrap(
              "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(4096);
      while (client.read(answer) >= 0 && answer.hasRemaining()) {
        // until the end of the connection
      }
      return StandardCharsets.US_ASCII.decode(answer.flip()).toString();
    }
  }

  /** {@code ListenStream=6188} makes a socket for both families. */
  @Test
  void aSocketForEveryIpv6AddressServesAListenerOnEveryIpv4Address() throws Exception {
    try (SluiceProcess sluice =
        start("own", List.of(":::0"), "[{address: \"0.0.0.0:PORT0\"}]", "127.0.0.1:0")) {
      sluice.awaitServing();
      String port = sluice.awaitError("is the listener 0.0.0.0:(\\d+)").group(1);
      assertThat(Http.get(URI.create("http://127.0.0.1:" + port + "/")).statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void aSocketThatNoListenerNamesIsRefused() throws Exception {
    try (SluiceProcess sluice =
        start(
            "own",
            List.of("127.0.0.1:0", "127.0.0.1:0"),
            "[{address: \"127.0.0.1:PORT0\"}]",
            "127.0.0.1:0")) {
      assertThat(sluice.exitCode()).isEqualTo(1);
      assertThat(sluice.stderr())
          .containsPattern(
              "sluice: descriptor 4 \\(second\\) from systemd listens on 127.0.0.1:\\d+, which no"
                  + " listener of the configuration does; add it to sluice.listeners, or remove"
                  + " ListenStream= from the socket unit");
    }
  }

  @Test
  void somethingElseThanAListeningSocketIsRefused() throws Exception {
    try (SluiceProcess sluice =
        start("own", List.of("udp"), "[{address: \"127.0.0.1:0\"}]", "127.0.0.1:0")) {
      assertThat(sluice.exitCode()).isEqualTo(1);
      assertThat(sluice.stderr())
          .contains("sluice: descriptor 3 (web) from systemd is no socket that listens");
    }
  }

  @Test
  void socketsForAnotherProcessAreNotTouched() throws Exception {
    try (SluiceProcess sluice =
        start("1", List.of("127.0.0.1:0"), "[{address: \"127.0.0.1:0\"}]", "127.0.0.1:0")) {
      sluice.awaitServing();
      assertThat(Http.get(sluice.proxy()).statusCode()).isEqualTo(200);
      assertThat(sluice.stderr()).doesNotContain("from systemd");
    }
  }

  @Test
  void theBackgroundIsRefusedWithThem() throws Exception {
    try (SluiceProcess sluice =
        start(
            "own",
            List.of("127.0.0.1:0"),
            "[{address: \"127.0.0.1:PORT0\"}]",
            "127.0.0.1:0",
            "-d")) {
      assertThat(sluice.exitCode()).isEqualTo(2);
      assertThat(sluice.stderr()).contains("sluice: -d cannot pass on the sockets");
    }
  }
}
