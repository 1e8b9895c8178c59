package io.sluice.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

/** Hellos that Java's TLS sends, and what is left when they are cut or bent. */
class ClientHelloTest {

  /** The body of a hello, behind the headers of record and message. */
  private static ByteBuf hello(SSLParameters parameters) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine();
    engine.setUseClientMode(true);
    engine.setSSLParameters(parameters);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), record);
    record.flip();
    return Unpooled.wrappedBuffer(record).skipBytes(5 + 4);
  }

  private static SSLParameters versions(String... versions) throws Exception {
    SSLParameters parameters = SSLContext.getDefault().getDefaultSSLParameters();
    parameters.setProtocols(versions);
    return parameters;
  }

  private static ClientHello parse(SSLParameters parameters) throws Exception {
    return Objects.requireNonNull(ClientHello.parse(hello(parameters)));
  }

  @Test
  void theNameIsFoundInLowerCase() throws Exception {
    SSLParameters parameters = versions("TLSv1.3", "TLSv1.2");
    parameters.setServerNames(List.of(new SNIHostName("Shop.Example")));
    ClientHello hello = parse(parameters);
    assertThat(hello.serverName()).isEqualTo("shop.example");
    assertThat(hello.tls13()).isTrue();
    assertThat(hello.takesEcdsa(256)).isTrue();
    assertThat(hello.takesEcdsa(384)).isTrue();
  }

  @Test
  void anOlderHelloHasNoName() throws Exception {
    ClientHello hello = parse(versions("TLSv1.2"));
    assertThat(hello.serverName()).isNull();
    assertThat(hello.tls13()).isFalse();
    assertThat(hello.takesEcdsa(256)).isTrue();
  }

  @Test
  void whoeverTakesOnlyRsaIsKnown() throws Exception {
    SSLParameters newer = versions("TLSv1.3");
    newer.setSignatureSchemes(new String[] {"rsa_pss_rsae_sha256", "ecdsa_secp384r1_sha384"});
    assertThat(parse(newer).takesEcdsa(256)).isFalse();
    assertThat(parse(newer).takesEcdsa(384)).isTrue();
    SSLParameters older = versions("TLSv1.2");
    older.setCipherSuites(new String[] {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"});
    assertThat(parse(older).takesEcdsa(256)).isFalse();
  }

  @Test
  void aHelloThatIsCutAnywhereIsMalformed() throws Exception {
    SSLParameters parameters = versions("TLSv1.3", "TLSv1.2");
    parameters.setServerNames(List.of(new SNIHostName("shop.example")));
    ByteBuf whole = hello(parameters);
    int withoutExtensions = extensionsAt(whole);
    for (int length = 0; length < whole.readableBytes(); length++) {
      ClientHello cut = ClientHello.parse(whole.slice(whole.readerIndex(), length));
      if (length != withoutExtensions) { // before TLS 1.2 a hello could end there
        assertThat(cut).as("cut at %s", length).isNull();
      }
    }
  }

  private static int extensionsAt(ByteBuf hello) {
    ByteBuf in = hello.duplicate().skipBytes(34);
    in.skipBytes(in.readUnsignedByte());
    in.skipBytes(in.readUnsignedShort());
    in.skipBytes(in.readUnsignedByte());
    return in.readerIndex() - hello.readerIndex();
  }

  @Test
  void aNameThatIsNoneIsPassedOver() throws Exception {
    SSLParameters parameters = versions("TLSv1.3");
    parameters.setServerNames(List.of(new SNIHostName("shop.example")));
    ByteBuf bent = hello(parameters);
    byte[] name = "shop.example".getBytes(StandardCharsets.US_ASCII);
    int at = indexOf(bent, name);
    bent.setByte(at, '\n');
    assertThat(Objects.requireNonNull(ClientHello.parse(bent)).serverName()).isNull();
  }

  private static int indexOf(ByteBuf in, byte[] wanted) {
    for (int at = in.readerIndex(); at <= in.writerIndex() - wanted.length; at++) {
      if (in.slice(at, wanted.length).equals(Unpooled.wrappedBuffer(wanted))) {
        return at;
      }
    }
    throw new AssertionError("not in there");
  }
}
