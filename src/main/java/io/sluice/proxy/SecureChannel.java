package io.sluice.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import io.sluice.http.Ascii;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A client connection over TLS whose handshake is done: what is known of it, and how it ends. TLS
 * has an end of its own, close_notify (RFC 8446 6.1), which tells a whole answer from a cut one:
 * whoever ends in order sends it before the FIN, whoever cuts must not send it.
 *
 * @param version for instance {@code TLSv1.3}
 * @param cipher by its IANA name
 * @param serverName the name that the client asked for; length 0: none
 * @param certificate what backends are told of the client's certificate; length 0: it has none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SecureChannel(byte[] version, byte[] cipher, byte[] serverName, byte[] certificate) {
  private static final AttributeKey<SecureChannel> KEY =
      AttributeKey.valueOf(SecureChannel.class, "tls");

  /** What there is to know of a connection; null: it is a plain one. */
  static @Nullable SecureChannel of(Channel channel) {
    return channel.hasAttr(KEY) ? channel.attr(KEY).get() : null;
  }

  /**
   * Notes what a handshake has come to.
   *
   * @param asked whether the client was asked for a certificate
   */
  static void note(Channel channel, SslHandler tls, @Nullable String serverName, boolean asked) {
    SSLSession session = tls.engine().getSession();
    channel
        .attr(KEY)
        .set(
            new SecureChannel(
                Ascii.bytes(session.getProtocol()),
                Ascii.bytes(session.getCipherSuite()),
                Ascii.bytes(serverName == null ? "" : serverName),
                asked ? ClientCertificate.lines(session) : new byte[0]));
  }

  /** Ends the sending direction, by close_notify and FIN; what is queued must be sent already. */
  static void shutDownOutput(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) {
      ((DuplexChannel) channel).shutdownOutput();
    } else {
      tls.closeOutbound().addListener(sent -> ((DuplexChannel) channel).shutdownOutput());
    }
  }

  /**
   * Closes in order when everything was sent. When something was not, the client takes no bytes and
   * would not take a close_notify either.
   */
  static void close(ChannelHandlerContext context) {
    var unsent = context.channel().unsafe().outboundBuffer();
    if (unsent != null && unsent.totalPendingWriteBytes() > 0) {
      cut(context);
    } else {
      context.close();
    }
  }

  /** Closes without a word, so that nobody takes what was sent for all there is. */
  static void cut(ChannelHandlerContext context) {
    ChannelHandlerContext tls = context.pipeline().context(SslHandler.class);
    (tls == null ? context : tls).close(); // on towards the socket, past the TLS handler itself
  }
}
