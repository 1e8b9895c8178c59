package io.sluice.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;

/**
 * A connected channel of a Unix socket as a {@link Socket}, which is what Java's TLS is put around.
 * It has no addresses, ports or options.
 */
final class ChannelSocket extends Socket {
  private final SocketChannel channel;

  ChannelSocket(SocketChannel channel) {
    this.channel = channel;
  }

  @Override
  public InputStream getInputStream() {
    return Channels.newInputStream(channel);
  }

  @Override
  public OutputStream getOutputStream() {
    return Channels.newOutputStream(channel);
  }

  @Override
  public boolean isConnected() {
    return channel.isConnected();
  }

  @Override
  public boolean isClosed() {
    return !channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
