package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Problem;
import io.sluice.testkit.TestCertificates;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a check finds on this machine beyond what the reader finds in the file. */
class ConfigurationCheckIT {
  @TempDir private Path directory;
  private Path empty;

  @BeforeEach
  void prepare() throws Exception {
    empty = Files.createDirectory(directory.resolve("empty"));
    Files.writeString(directory.resolve("file"), "x");
  }

  /** Lines of a file with {@code DIR} for the directory. */
  private List<String> check(String... lines) {
    String yaml = String.join("\n", lines).replace("DIR", directory.toString());
    return ConfigurationCheck.of("f.yaml", yaml).stream()
        .map(p -> p.toString().replace(directory.toString(), "DIR"))
        .toList();
  }

  private static String sluice(String section) {
    return "sluice: {store: {path: DIR/empty/a/sluice.db}, " + section + "}";
  }

  private static String tls(String parts) {
    return sluice("listeners: [{address: '127.0.0.1:0', tls: {" + parts + "}}]");
  }

  private static String pool(String parts) {
    return sluice("bootstrap: {pools: [{id: p, " + parts + "}]}");
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of("pid_file: DIR/none/p", "1:11 pid_file: there is no directory DIR/none"),
        Arguments.of("pid_file: DIR", "1:11 pid_file: DIR is a directory"),
        Arguments.of("error_log: DIR/file/e", "1:12 error_log: DIR/file is no directory"),
        Arguments.of("upgrade_sock: DIR/file", "1:15 upgrade_sock: DIR/file exists and is no"),
        Arguments.of("upgrade_sock: DIR/file/s", "1:15 upgrade_sock: DIR/file is no directory"),
        Arguments.of("user: no-such-user", "1:7 user: there is no user no-such-user"),
        Arguments.of("{user: root, group: no-such-group}", "1:21 group: there is no group"),
        Arguments.of(
            "sluice: {store: {path: DIR/file/s}}", "1:24 sluice.store.path: DIR/file is no"),
        Arguments.of("sluice: {store: {path: DIR}}", "1:24 sluice.store.path: the store DIR is a"),
        Arguments.of(
            sluice("access-log: {target: DIR/none/a.log}"),
            "sluice.access-log.target: there is no directory DIR/none"),
        Arguments.of(
            sluice("admin: {token-file: DIR/none}"),
            "sluice.admin.token-file: cannot read DIR/none: there is no such file"),
        Arguments.of(
            sluice("admin: {password-file: DIR/none}"),
            "sluice.admin.password-file: warning: cannot read DIR/none"),
        Arguments.of(
            sluice("admin: {address: 192.0.2.1:80}"),
            "sluice.admin.address: cannot listen on 192.0.2.1:80: no network interface"),
        Arguments.of(
            sluice("listeners: [{address: 192.0.2.1:80}]"),
            "sluice.listeners[0].address: cannot listen on 192.0.2.1:80: no network interface"),
        Arguments.of(
            sluice("listeners: [{address: unix:DIR/none/s}]"),
            "sluice.listeners[0].address: cannot listen on unix:DIR/none/s: there is no directory"),
        Arguments.of(
            sluice("listeners: [{address: unix:DIR/file}]"),
            "cannot listen on unix:DIR/file: DIR/file exists and is no socket"),
        Arguments.of(
            tls("certificates: [{cert: DIR/none, key: DIR/file}]"),
            "sluice.listeners[0].tls.certificates[0].cert: DIR/none does not exist; put the file"),
        Arguments.of(
            tls("certificates: [{cert: DIR/file, key: DIR/file}]"),
            "certificates[0].cert: DIR/file has no certificate: expected PEM"),
        Arguments.of(
            tls("certificates: [{bundle: web}]"),
            "certificates[0].bundle: the SSL bundle web does not exist; add spring.ssl.bundle.pem"),
        Arguments.of(
            tls("bundle: web"), "sluice.listeners[0].tls.certificates[0].bundle: the SSL bundle"),
        Arguments.of(
            sluice("extensions: {path: DIR/file}"),
            "sluice.extensions.path: extensions: cannot list DIR/file"),
        Arguments.of(
            pool("algorithm: magic, backends: []"),
            "sluice.bootstrap.pools[0].algorithm: pool p: there is no algorithm magic"),
        Arguments.of(
            pool("sticky: {key-file: DIR/file}, backends: []"),
            "sluice.bootstrap.pools[0].sticky.key-file: pool p: sticky.key-file DIR/file cannot"),
        Arguments.of(
            pool("tls: {enabled: true, ca: DIR/file}, backends: []"),
            "sluice.bootstrap.pools[0].tls: pool p: TLS settings cannot be used (ca DIR/file)"),
        Arguments.of(
            pool("backends: [{address: 10.0.0.1:1, tls: {enabled: true, ca: DIR/none}}]"),
            "sluice.bootstrap.pools[0].backends[0].tls: pool p: TLS settings cannot be used"),
        Arguments.of(
            pool("backends: [169.254.169.254:80]"),
            "sluice.bootstrap.pools[0].backends[0]: pool p: backend 169-254-169-254-80"),
        Arguments.of(
            pool("backends: ['127.0.0.1:6189']"), "Sluice's own management plane listens there"),
        Arguments.of(
            sluice(
                "bootstrap: {pools: [{id: p, backends: []}],"
                    + " routes: [{id: r, pool: p, filters: [none]}]}"),
            "sluice.bootstrap.routes[0].filters[0]: route r: there is no filter none"),
        Arguments.of(
            "server.ssl.bundle: web", "1:20 server.ssl.bundle: Spring cannot use it: SSL bundle"),
        Arguments.of(
            "server: {ssl: {certificate: 'file:DIR/none', certificate-private-key: 'file:DIR/x'}}",
            "1:29 server.ssl.certificate: Spring cannot use it"),
        Arguments.of("server: {http2: maybe}", "1:9 server: Spring cannot use it"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void whatTheMachineLacksIsReportedAtItsPlace(String yaml, String expected) {
    assertThat(check(yaml)).singleElement().asString().startsWith("f.yaml:1:").contains(expected);
  }

  @Test
  void aGoodFileLeavesNothingBehind() throws Exception {
    assertThat(check(pool("backends: [127.0.0.1:9]"))).isEmpty();
    assertThat(empty).isEmptyDirectory();
  }

  @Test
  void whoeverListensAlreadyIsNoProblem() throws Exception {
    Path socket = directory.resolve("s");
    try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      unix.bind(UnixDomainSocketAddress.of(socket));
      String port = "127.0.0.1:" + tcp.getLocalPort();
      assertThat(
              check(sluice("listeners: [{address: '%s'}, {address: unix:DIR/s}]".formatted(port))))
          .isEmpty();
      assertThat(socket).exists();
    }
    // and what an ended process has left is replaced by a start
    assertThat(check(sluice("listeners: [{address: unix:DIR/s}]"))).isEmpty();
  }

  @Test
  void aNameThatDnsDoesNotKnowIsAWarning() {
    assertThat(check(pool("backends: ['nobody.invalid:80']")))
        .singleElement()
        .asString()
        .contains(
            "pools[0].backends[0]: warning: pool p: nobody.invalid:80 cannot be resolved now");
  }

  @Test
  void certificatesAreReadMatchedAndDated() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TestCertificates.Issued good = certificates.forName("good.test");
    TestCertificates.Issued old = certificates.expired("old.test");

    assertThat(check(pool(shown(good.cert(), good.key())))).isEmpty();
    assertThat(check(pool(shown(good.cert(), old.key()))))
        .singleElement()
        .asString()
        .contains("pools[0].tls: pool p: TLS settings cannot be used")
        .contains("is not the key of the certificate in");
    assertThat(check(pool(shown(old.cert(), old.key()))))
        .singleElement()
        .asString()
        .contains("pools[0].tls: warning: pool p: the certificate of CN=old.test")
        .contains("has expired");
  }

  private static String shown(Path cert, Path key) {
    return "backends: [127.0.0.1:1], tls: {enabled: true, client-certificate: {cert: %s, key: %s}}"
        .formatted(cert, key);
  }

  @Test
  void theManagementPlanesCertificateIsLookedAtToo() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TestCertificates.Issued good = certificates.forName("good.test");
    TestCertificates.Issued old = certificates.expired("old.test");
    String bundle =
        """
        server.ssl.bundle: web
        spring.ssl.bundle.pem.web.keystore: {certificate: "file:%s", private-key: "file:%s"}
        """;

    assertThat(check(bundle.formatted(good.cert(), good.key()))).isEmpty();
    assertThat(check(bundle.formatted(good.cert(), old.key())))
        .singleElement()
        .asString()
        .startsWith("f.yaml:2:1 spring.ssl.bundle.pem.web: Spring cannot use it:");
    assertThat(check(bundle.formatted(old.cert(), old.key())))
        .singleElement()
        .asString()
        .startsWith(
            "f.yaml:2:1 spring.ssl.bundle.pem.web: warning: the certificate of CN=old.test");
  }

  @Test
  void mistakesOfTheFileDoNotHideThoseOfTheMachine() {
    assertThat(
            check(
                "pid_file: DIR/none/p",
                "sluice:",
                "  thread: 2",
                "  store: {path: DIR/empty/s}",
                "  bootstrap: {pools: [{id: p, algorithm: magic, backends: []}]}"))
        .satisfiesExactly(
            first -> assertThat(first).startsWith("f.yaml:1:11 pid_file:"),
            second -> assertThat(second).startsWith("f.yaml:3:3 sluice.thread: unknown key"),
            third -> assertThat(third).contains("there is no algorithm magic"));
  }

  @Test
  void whatCannotBeReadIsNotJudgedByItsDefault() {
    assertThat(
            check(
                "sluice:",
                "  store: {pth: DIR/none/s}",
                "  listeners: [{adress: 127.0.0.1:1}]",
                "  bootstrap: {pools: [{id: p, algorithm: magic, backends: [nonsense]}]}"))
        .hasSize(4)
        .noneMatch(line -> line.contains("magic") || line.contains("cannot listen"));
  }

  @Test
  void theFirstMistakeOfAPoolDoesNotHideItsOthers() {
    assertThat(
            check(
                pool(
                    "algorithm: magic, sticky: {key-file: DIR/file}, tls: {enabled: true, ca:"
                        + " DIR/none}, backends: [169.254.169.254:80]")))
        .hasSize(4);
  }

  @Test
  void brokenExtensionsAreNotMissedByTheirNames() {
    assertThat(
            check(
                sluice(
                    "extensions: {path: DIR/file}, bootstrap: {pools: [{id: p, algorithm: mine,"
                        + " backends: []}], routes: [{id: r, pool: p, filters: [mine]}]}")))
        .singleElement()
        .asString()
        .contains("sluice.extensions.path");
  }

  @Test
  void onlyWhatIsBrokenStopsAStart() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("f.yaml"),
            """
            pid_file: %1$s/none/p
            sluice:
              store: {path: %1$s/empty/s}
              listeners: [{address: unix:%1$s/none/s}]
              admin: {password-file: %1$s/none}
            """
                .formatted(directory));
    assertThat(ConfigurationCheck.beforeStart(ConfigurationFile.read(file.toString())))
        .extracting(Problem::key)
        .containsExactly("pid_file"); // listening itself tells of addresses
  }
}
