package io.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A script's side of one request: it starts when the head has been read and nothing behind. */
public final class Conversation {
  private final BackendConnection connection;
  private final ReadRequest head;
  private final BodyStream body;
  private @Nullable ReadRequest whole;
  private boolean answered;
  private boolean over;

  Conversation(BackendConnection connection, StrictReader.Head head) {
    this.connection = connection;
    this.head = Objects.requireNonNull(head.request());
    this.body =
        head.framing().chunked()
            ? BodyStream.chunked(connection.in())
            : BodyStream.ofLength(connection.in(), head.framing().length());
  }

  /** The request without its body. */
  public ReadRequest head() {
    return head;
  }

  /** The whole request; reads the body, after 100 when the client waits for it. */
  public ReadRequest request() throws IOException {
    ReadRequest known = whole;
    if (known == null) {
      if (head.has("Expect") && !answered) {
        send(Wire.head("HTTP/1.1 100 Continue"));
      }
      ByteArrayOutputStream data = new ByteArrayOutputStream();
      body.transferTo(data);
      known = head.withBody(Wire.text(data.toByteArray()), body.trailers());
      whole = known;
    }
    return known;
  }

  /** The body to be read piece by piece. */
  public BodyStream body() {
    return body;
  }

  /** Sends exactly these bytes. */
  public Conversation send(String bytes) throws IOException {
    answered = true;
    out().write(Wire.bytes(bytes));
    out().flush();
    return this;
  }

  /** The connection's bytes behind what was read. */
  public InputStream in() {
    return connection.in();
  }

  public OutputStream out() throws IOException {
    return socket().getOutputStream();
  }

  public Socket socket() {
    return connection.socket();
  }

  /** Waits until the other side sends no more, whatever it still sends. */
  public void awaitEnd() throws IOException {
    in().transferTo(OutputStream.nullOutputStream());
    over = true;
  }

  /** Sends the end of this direction. */
  public void halfClose() throws IOException {
    socket().shutdownOutput();
  }

  /** Ends the connection. */
  public void close() throws IOException {
    over = true;
    connection.close();
  }

  /** Ends the connection with a reset. */
  public void reset() throws IOException {
    socket().setSoLinger(true, 0);
    close();
  }

  /** Reads what the script left of the request; false: there will be no other request. */
  boolean finish() throws IOException {
    if (over) {
      return false;
    }
    try {
      request();
      return true;
    } catch (EOFException e) {
      connection.ended("cut in a body: " + e.getMessage());
      return false;
    }
  }
}
