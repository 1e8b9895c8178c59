package io.sluice.handoff;

import io.sluice.os.Descriptors;
import io.sluice.os.OsException;
import io.sluice.os.UnixStream;
import io.sluice.os.UnixStream.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Words on a Unix socket: four bytes of length, then a JSON object with the word's {@code type}.
 * Members that a version does not know are passed over; what is missing that it needs is an error.
 */
final class Wire implements AutoCloseable {
  /** A word from somebody who has not yet said anything sensible. */
  static final int FIRST_WORD = 64 * 1024;

  /** A state with 10,000 backends has a few MiB. */
  static final int ANY_WORD = 256 * 1024 * 1024;

  private static final int CHUNK = 256 * 1024;
  private static final Duration SHORTEST = Duration.ofMillis(1);

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxStringLength(ANY_WORD).build())
                  .build())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private static final Map<String, Class<?>> WORDS =
      Stream.of(Word.class.getPermittedSubclasses())
          .collect(Collectors.toMap(Wire::type, Function.identity()));

  private final UnixStream stream;
  private Duration timeout = Duration.ZERO;

  /** When the word that is being received must be here; by {@link System#nanoTime}. */
  private long deadline;

  /** Descriptors that came and that nobody has taken yet. */
  private final List<Integer> arrived = new ArrayList<>();

  Wire(UnixStream stream) {
    this.stream = stream;
  }

  private static String type(Class<?> word) {
    return word.getSimpleName().toLowerCase(Locale.ROOT);
  }

  UnixStream.Peer peer() {
    return stream.peer();
  }

  /** How long a word may take to come or go from now on; zero: for ever (at first). */
  void timeout(Duration most) {
    timeout = most;
  }

  void send(Word word, int... descriptors) throws OsException {
    stream.timeout(timeout);
    ObjectNode tree = JSON.valueToTree(word);
    tree.put("type", type(word.getClass()));
    byte[] body = JSON.writeValueAsBytes(tree);
    stream.send(
        ByteBuffer.allocate(Integer.BYTES + body.length).putInt(body.length).put(body).array(),
        descriptors);
  }

  /**
   * Waits for a word.
   *
   * @param mostBytes that it may have
   * @param mostDescriptors that may come with it
   * @return null: the other side has ended
   * @throws ProtocolException when it is none
   */
  @Nullable Word receive(int mostBytes, int mostDescriptors) throws IOException {
    deadline = System.nanoTime() + timeout.toNanos();
    byte[] head = bytes(Integer.BYTES, mostDescriptors);
    if (head == null) {
      return null;
    }
    int length = ByteBuffer.wrap(head).getInt();
    if (length <= 0 || length > mostBytes) {
      throw new ProtocolException("a word of " + Integer.toUnsignedLong(length) + " bytes");
    }
    byte[] body = bytes(length, mostDescriptors);
    if (body == null) {
      return null;
    }
    try {
      JsonNode tree = JSON.readTree(body);
      Class<?> word = WORDS.get(tree.path("type").asString(""));
      if (word == null) {
        throw new ProtocolException("not a word of this protocol");
      }
      return (Word) JSON.treeToValue(tree, word);
    } catch (JacksonException | NullPointerException e) {
      throw new ProtocolException("not a word of this protocol");
    }
  }

  /** All of that many bytes; null: the other side ended before. */
  private byte @Nullable [] bytes(int count, int mostDescriptors) throws OsException {
    ByteBuffer all = ByteBuffer.allocate(Math.min(count, CHUNK));
    int missing = count;
    while (missing > 0) {
      stream.timeout(left());
      Message message = stream.receive(Math.min(missing, CHUNK), mostDescriptors);
      for (int descriptor : message.descriptors()) {
        arrived.add(descriptor);
      }
      if (message.data().length == 0) {
        return null;
      }
      missing -= message.data().length;
      if (all.remaining() < message.data().length) {
        // grows with what really came: a length alone costs nothing
        all = ByteBuffer.allocate(Math.min(count, 2 * all.capacity() + CHUNK)).put(all.flip());
      }
      all.put(message.data());
    }
    return all.array();
  }

  /** What is left of the word's time; who sends byte by byte gets no more than others. */
  private Duration left() {
    return timeout.isZero()
        ? timeout
        : Duration.ofNanos(Math.max(deadline - System.nanoTime(), SHORTEST.toNanos()));
  }

  /** What has come, now the caller's to close. */
  int[] takeDescriptors() {
    int[] taken = arrived.stream().mapToInt(Integer::intValue).toArray();
    arrived.clear();
    return taken;
  }

  @Override
  public void close() throws OsException {
    stream.close();
    for (int descriptor : takeDescriptors()) {
      Descriptors.close(descriptor);
    }
  }
}
