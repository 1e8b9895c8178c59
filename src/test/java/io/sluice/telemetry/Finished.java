package io.sluice.telemetry;

import io.sluice.http.Ascii;
import io.sluice.proxy.FinishedRequest;
import org.jspecify.annotations.Nullable;

/** A finished request made by hand; the values lie in one array as they do in a connection. */
final class Finished implements FinishedRequest {
  private byte[] head = new byte[0];
  private @Nullable String protocol = "HTTP/1.1";
  private int methodLength;
  private int targetLength;
  private int hostLength;
  private byte[] client = Ascii.bytes("192.0.2.7");
  private byte[] requestId = Ascii.bytes("0123456789abcdef0123456789abcdef");
  private int status = 200;
  private long total = 1_234_567;
  private long firstByte = 987_000;
  private long connect;
  private long bytesIn;
  private long bytesOut = 512;
  private int tries = 1;
  private @Nullable String route = "default";
  private @Nullable String pool = "default";
  private @Nullable String backend = "b1";
  private @Nullable String address = "127.0.0.1:8080";
  private @Nullable String error;
  private byte[] tlsVersion = {};
  private byte[] tlsCipher = {};
  private byte[] serverName = {};

  /** A plain GET that went well. */
  static Finished get(String target) {
    return new Finished().head(Ascii.bytes("GET"), Ascii.bytes("a.example"), Ascii.bytes(target));
  }

  /** What stands in the request's head. */
  Finished head(byte[] method, byte[] host, byte[] target) {
    methodLength = method.length;
    hostLength = host.length;
    targetLength = target.length;
    head = new byte[1 + method.length + host.length + target.length];
    System.arraycopy(method, 0, head, methodOffset(), method.length);
    System.arraycopy(host, 0, head, hostOffset(), host.length);
    System.arraycopy(target, 0, head, targetOffset(), target.length);
    return this;
  }

  Finished protocol(@Nullable String name) {
    protocol = name;
    return this;
  }

  Finished requestId(String id) {
    requestId = Ascii.bytes(id);
    return this;
  }

  Finished tls(String version, String cipher, String name) {
    tlsVersion = Ascii.bytes(version);
    tlsCipher = Ascii.bytes(cipher);
    serverName = Ascii.bytes(name);
    return this;
  }

  @Override
  public byte[] tlsVersion() {
    return tlsVersion;
  }

  @Override
  public byte[] tlsCipher() {
    return tlsCipher;
  }

  @Override
  public byte[] serverName() {
    return serverName;
  }

  Finished status(int value) {
    status = value;
    return this;
  }

  Finished nanos(long totalNanos, long firstByteNanos, long connectNanos) {
    total = totalNanos;
    firstByte = firstByteNanos;
    connect = connectNanos;
    return this;
  }

  Finished bytes(long in, long out) {
    bytesIn = in;
    bytesOut = out;
    return this;
  }

  Finished tries(int value) {
    tries = value;
    return this;
  }

  Finished route(@Nullable String routeId) {
    route = routeId;
    return this;
  }

  Finished to(@Nullable String poolId, @Nullable String backendId, @Nullable String at) {
    pool = poolId;
    backend = backendId;
    address = at;
    return this;
  }

  Finished error(String reason) {
    error = reason;
    return this;
  }

  @Override
  public @Nullable String protocol() {
    return protocol;
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public int methodLength() {
    return methodLength;
  }

  @Override
  public byte[] methodArray() {
    return head;
  }

  @Override
  public int methodOffset() {
    return 1;
  }

  @Override
  public byte[] targetArray() {
    return head;
  }

  @Override
  public int targetOffset() {
    return 1 + methodLength + hostLength;
  }

  @Override
  public int targetLength() {
    return targetLength;
  }

  @Override
  public byte[] hostArray() {
    return head;
  }

  @Override
  public int hostOffset() {
    return 1 + methodLength;
  }

  @Override
  public int hostLength() {
    return hostLength;
  }

  @Override
  public byte[] clientAddress() {
    return client;
  }

  @Override
  public byte[] requestId() {
    return requestId;
  }

  @Override
  public int requestIdLength() {
    return requestId.length;
  }

  @Override
  public long totalNanos() {
    return total;
  }

  @Override
  public long firstByteNanos() {
    return firstByte;
  }

  @Override
  public long connectNanos() {
    return connect;
  }

  @Override
  public long bytesIn() {
    return bytesIn;
  }

  @Override
  public long bytesOut() {
    return bytesOut;
  }

  @Override
  public int tries() {
    return tries;
  }

  @Override
  public @Nullable String routeId() {
    return route;
  }

  @Override
  public @Nullable String poolId() {
    return pool;
  }

  @Override
  public @Nullable String backendId() {
    return backend;
  }

  @Override
  public @Nullable String backendAddress() {
    return address;
  }

  @Override
  public @Nullable String errorReason() {
    return error;
  }
}
