package io.sluice.proxy;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/** A connection that sends every byte in a segment of its own. */
final class DrippingSocket extends Socket {
  private final Socket socket;

  DrippingSocket(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return new FilterOutputStream(socket.getOutputStream()) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        for (int i = 0; i < length; i++) {
          out.write(bytes[offset + i]);
          out.flush();
        }
      }
    };
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return socket.getInputStream();
  }

  @Override
  public boolean isConnected() {
    return socket.isConnected();
  }

  @Override
  public int getPort() {
    return socket.getPort();
  }

  @Override
  public synchronized void close() throws IOException {
    socket.close();
  }
}
