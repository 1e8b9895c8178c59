package io.sluice.proxy;

import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import io.sluice.config.Cidr;
import io.sluice.http.Ascii;
import io.sluice.http.Field;
import io.sluice.http.HeadWriter;
import io.sluice.http.ProxyHeader;
import io.sluice.http.RequestHead;
import io.sluice.upstream.UpstreamClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is on the other end of a client connection, and what is told to backends about it: {@code
 * X-Forwarded-*} and {@code Forwarded} (RFC 7239). Only a trusted peer's own such fields are
 * believed and continued; anybody else's are removed, or a client could pretend to be another.
 */
final class ClientIdentity {
  private static final byte[] FOR = Ascii.bytes("X-Forwarded-For: ");
  private static final byte[] PROTO = Ascii.bytes("X-Forwarded-Proto: http\r\n");
  private static final byte[] HOST = Ascii.bytes("X-Forwarded-Host: ");
  private static final byte[] FORWARDED = Ascii.bytes("Forwarded: ");
  private static final byte[] COMMA = Ascii.bytes(", ");
  private static final byte[] HOST_QUOTED = Ascii.bytes(";host=\"");
  private static final byte[] UNKNOWN = Ascii.bytes("unknown");

  private final byte[] peer;
  private final byte[] forElement;
  private final byte[] plainFields;
  private final boolean trusted;
  private final List<Cidr> trustedProxies;
  private final UpstreamClient upstreamClient;

  /** Whoever is at the other end of a channel that stands, or whom its PROXY header names. */
  static ClientIdentity of(Channel channel, ListenerContext listener) {
    ProxyHeader announced = ProxyHeaderHandler.of(channel);
    return new ClientIdentity(
        announced == null ? channel.remoteAddress() : announced.source(),
        new UpstreamClient(channel, announced),
        listener.loops().settings().trustedProxies());
  }

  ClientIdentity(
      @Nullable SocketAddress remote, UpstreamClient upstreamClient, List<Cidr> trustedProxies) {
    this.upstreamClient = upstreamClient;
    InetAddress address = remote instanceof InetSocketAddress inet ? inet.getAddress() : null;
    String text = address == null ? null : NetUtil.toAddressString(address);
    this.peer = text == null ? UNKNOWN : Ascii.bytes(text);
    String node = text == null ? "unknown" : text.indexOf(':') < 0 ? text : "\"[" + text + "]\"";
    this.forElement = Ascii.bytes("for=" + node + ";proto=http");
    this.trustedProxies = trustedProxies;
    this.trusted = address != null && isTrusted(address);
    this.plainFields =
        Ascii.bytes(
            "X-Forwarded-For: "
                + (text == null ? "unknown" : text)
                + "\r\nX-Forwarded-Proto: http\r\nForwarded: for="
                + node
                + ";proto=http");
  }

  private boolean isTrusted(InetAddress address) {
    for (Cidr cidr : trustedProxies) {
      if (cidr.contains(address)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the peer's forwarded fields and request id are believed. */
  boolean isTrusted() {
    return trusted;
  }

  /** The connection as backends are told of it by PROXY protocol. */
  UpstreamClient upstreamClient() {
    return upstreamClient;
  }

  /** The peer's address as text, without port. */
  byte[] peer() {
    return peer;
  }

  /**
   * The client behind the trusted proxies: the last address of X-Forwarded-For that is not one of
   * them; the peer when nothing trustworthy is said.
   */
  byte[] client(RequestHead head) {
    if (!trusted) {
      return peer;
    }
    byte[] client = peer;
    for (int f = lastForwardedFor(head); f >= 0; f = lastForwardedFor(head, f)) {
      String[] hops = head.value(f).split(",", -1);
      for (int i = hops.length - 1; i >= 0; i--) {
        String hop = hops[i].trim();
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(hop);
        if (literal == null) {
          return client;
        }
        client = Ascii.bytes(hop);
        if (!isTrusted(address(literal))) {
          return client;
        }
      }
    }
    return client;
  }

  private static InetAddress address(byte[] literal) {
    try {
      return InetAddress.getByAddress(literal);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an IP literal has a legal length", e);
    }
  }

  private static int lastForwardedFor(RequestHead head) {
    return lastForwardedFor(head, head.fieldCount());
  }

  private static int lastForwardedFor(RequestHead head, int before) {
    int last = -1;
    int f = head.find(Field.X_FORWARDED_FOR, 0);
    while (f >= 0 && f < before) {
      last = f;
      f = head.find(Field.X_FORWARDED_FOR, f + 1);
    }
    return last;
  }

  /** Marks the fields that are not passed on as they came. */
  void dropFields(RequestHead head) {
    for (int i = 0; i < head.fieldCount(); i++) {
      switch (head.kind(i)) {
        case FORWARDED, X_FORWARDED_FOR, X_FORWARDED_PROTO, X_FORWARDED_HOST -> head.drop(i);
        case X_FORWARDED_ANY, X_REAL_IP -> {
          if (!trusted) {
            head.drop(i);
          }
        }
        default -> {
          // says nothing about the client's connection
        }
      }
    }
  }

  /** Writes the forwarded fields of the request. */
  void writeFields(HeadWriter out, RequestHead head) {
    if (trusted) {
      writeContinued(out, head);
      return;
    }
    out.put(plainFields);
    boolean hasHost = head.hostEnd() > head.hostStart();
    if (hasHost) {
      out.put(HOST_QUOTED).put(head.bytes(), head.hostStart(), head.hostEnd()).put('"');
    }
    out.crlf();
    if (hasHost) {
      out.put(HOST).put(head.bytes(), head.hostStart(), head.hostEnd()).crlf();
    }
  }

  private void writeContinued(HeadWriter out, RequestHead head) {
    writeList(out.put(FOR), head, Field.X_FORWARDED_FOR).put(peer).crlf();
    if (!copy(out, head, Field.X_FORWARDED_PROTO)) {
      out.put(PROTO);
    }
    boolean hasHost = head.hostEnd() > head.hostStart();
    if (!copy(out, head, Field.X_FORWARDED_HOST) && hasHost) {
      out.put(HOST).put(head.bytes(), head.hostStart(), head.hostEnd()).crlf();
    }
    writeList(out.put(FORWARDED), head, Field.FORWARDED).put(forElement);
    if (hasHost) {
      out.put(HOST_QUOTED).put(head.bytes(), head.hostStart(), head.hostEnd()).put('"');
    }
    out.crlf();
  }

  private static HeadWriter writeList(HeadWriter out, RequestHead head, Field kind) {
    for (int f = head.find(kind, 0); f >= 0; f = head.find(kind, f + 1)) {
      out.put(head.bytes(), head.valueStart(f), head.valueEnd(f)).put(COMMA);
    }
    return out;
  }

  private static boolean copy(HeadWriter out, RequestHead head, Field kind) {
    int f = head.find(kind, 0);
    if (f >= 0) {
      out.put(head.bytes(), head.nameStart(f), head.lineEnd(f));
    }
    return f >= 0;
  }
}
