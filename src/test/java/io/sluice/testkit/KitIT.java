package io.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ProtocolException;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kit without a proxy in between. */
class KitIT {

  @Test
  void aBackendAnswersAndKeepsEveryByte() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start();
        RawClient client = RawClient.connect(backend.port())) {
      String post =
          Wire.head("POST /a HTTP/1.1", "Host: t", "Transfer-Encoding: chunked")
              + Wire.chunk("hello")
              + Wire.lines("0", "X-T: v", "");
      assertThat(client.exchange(post).body()).isEqualTo("saw POST /a");
      String get = Wire.head("HEAD /b?c HTTP/1.1", "Host: t");
      Map<BackendConnection, Integer> mark = backend.mark();
      Response response = client.exchange(get);
      assertThat(response.body()).isEmpty();
      assertThat(response.value("Content-Length")).isEqualTo("13");
      assertThat(backend.since(mark)).containsExactly(get);
      assertThat(backend.connections().getFirst().received()).isEqualTo(post + get);
      client.close();
      Await.until(backend.connections().getFirst()::hasEnded, "the backend sees the end");
    }
  }

  @Test
  void scriptsDoWhatTheyAreTold() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start()) {
      backend.on(
          "/cut", c -> c.send(Wire.head("HTTP/1.1 200 OK", "Content-Length: 9") + "a").close());
      backend.on("/reset", c -> c.reset());
      backend.on(
          "/interim", c -> c.send(Wire.head("HTTP/1.1 103 Hints", "A: b") + Wire.ok("done")));
      backend.on("/bad", c -> c.send(Wire.head("HTTP/1.1 200 OK", "Bad Name: a")));
      try (RawClient client = RawClient.connect(backend.port())) {
        Response cut = client.exchange(Wire.head("GET /cut HTTP/1.1", "Host: t"));
        assertThat(cut.complete()).isFalse();
        assertThat(cut.body()).isEqualTo("a");
      }
      try (RawClient client = RawClient.connect(backend.port())) {
        client.send(Wire.head("GET /reset HTTP/1.1", "Host: t"));
        assertThat(client.endsWithReset()).isTrue();
      }
      try (RawClient client = RawClient.connect(backend.port())) {
        Response response = client.exchange(Wire.head("GET /interim HTTP/1.1", "Host: t"));
        assertThat(response.interim()).containsExactly(103);
        assertThat(response.body()).isEqualTo("done");
        client.send(Wire.head("GET /bad HTTP/1.1", "Host: t"));
        assertThatThrownBy(client::read).isInstanceOf(ProtocolException.class);
      }
    }
  }

  @Test
  void aTlsBackendSeesNameAndCertificate(@TempDir Path directory) throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TestCertificates.Issued server = certificates.forNameAndLoopback("a.test");
    TestCertificates.Issued own = certificates.forName("client.test");
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        own.bundle().toKeyManagerFactory().getKeyManagers(),
        certificates.authority().toTrustManagerFactory().getTrustManagers(),
        null);
    try (TlsBackend backend = TlsBackend.start("b1", server, certificates);
        SSLSocket socket =
            (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", backend.port())) {
      socket.getOutputStream().write(Wire.bytes(Wire.head("GET /x HTTP/1.1", "Host: h")));
      assertThat(new ResponseReader(socket.getInputStream()).read("GET").body())
          .isEqualTo("saw GET /x");
      assertThat(backend.seen()).containsExactly(new TlsBackend.Seen(null, "CN=client.test", "h"));
      assertThat(backend.newSessions()).isEqualTo(1);
    }
  }
}
