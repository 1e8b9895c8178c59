package io.sluice.testkit;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A client connection over a Unix socket; reads strictly. */
public final class UnixClient implements AutoCloseable {
  private final SocketChannel channel;
  private final InputStream in;
  private final ResponseReader reader;

  private UnixClient(SocketChannel channel) {
    this.channel = channel;
    this.in = new BufferedInputStream(Channels.newInputStream(channel));
    this.reader = new ResponseReader(in);
  }

  /** Connects to a socket's path. */
  public static UnixClient connect(Path path) throws IOException {
    return new UnixClient(SocketChannel.open(UnixDomainSocketAddress.of(path)));
  }

  /** Sends bytes. */
  public UnixClient send(String bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(Wire.bytes(bytes));
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    return this;
  }

  /** Reads the answer to a GET. */
  public Response read() throws IOException {
    return reader.read("GET");
  }

  /** Sends a request and reads its answer. */
  public Response exchange(String request) throws IOException {
    send(request);
    return reader.read(request.substring(0, request.indexOf(' ')));
  }

  /** One request on a connection of its own. */
  public static Response once(Path path, String request) throws IOException {
    try (UnixClient client = connect(path)) {
      return client.exchange(request);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
