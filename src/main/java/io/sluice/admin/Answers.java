package io.sluice.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** Answers of the API as bytes, so that what is tagged, stored and sent is one and the same. */
final class Answers {
  private Answers() {}

  static ResponseEntity<byte[]> ok(Object tree) {
    return json(200, tree);
  }

  static ResponseEntity<byte[]> json(int status, Object tree) {
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_JSON)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .body(JsonText.write(tree));
  }

  /** What exists now, with its tag. */
  static ResponseEntity<byte[]> tagged(int status, String etag, Object tree) {
    return ResponseEntity.status(status)
        .eTag(etag)
        .header(HttpHeaders.CACHE_CONTROL, "no-cache")
        .contentType(MediaType.APPLICATION_JSON)
        .body(JsonText.write(tree));
  }

  static ResponseEntity<byte[]> created(String location, String etag, Object tree) {
    return ResponseEntity.status(201)
        .eTag(etag)
        .header(HttpHeaders.LOCATION, location)
        .contentType(MediaType.APPLICATION_JSON)
        .body(JsonText.write(tree));
  }

  static ResponseEntity<byte[]> accepted(String location, Object tree) {
    return ResponseEntity.status(202)
        .header(HttpHeaders.LOCATION, location)
        .contentType(MediaType.APPLICATION_JSON)
        .body(JsonText.write(tree));
  }

  static ResponseEntity<byte[]> nothing() {
    return ResponseEntity.noContent().build();
  }

  /** A read of something that has a tag: 304 when the client has it already. */
  static ResponseEntity<byte[]> read(Call call, String etag, Object tree) {
    return Etags.hasIt(call.field(HttpHeaders.IF_NONE_MATCH), etag)
        ? notModified(etag)
        : tagged(200, etag, tree);
  }

  static ResponseEntity<byte[]> notModified(String etag) {
    return ResponseEntity.status(304)
        .eTag(etag)
        .header(HttpHeaders.CACHE_CONTROL, "no-cache")
        .build();
  }

  /** A page of a list; its tag is that of its text. */
  static <T> ResponseEntity<byte[]> page(
      Call call, Pages.Page<T> page, long revision, Function<T, Object> view) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("items", page.items().stream().map(view).toList());
    tree.put("nextCursor", page.nextCursor());
    if (page.total() >= 0) {
      tree.put("total", page.total());
    }
    tree.put("revision", revision);
    byte[] text = JsonText.write(tree);
    String etag = Etags.ofBytes(text);
    List<String> known = call.field(HttpHeaders.IF_NONE_MATCH);
    if (Etags.hasIt(known, etag)) {
      return notModified(etag);
    }
    return ResponseEntity.ok()
        .eTag(etag)
        .header(HttpHeaders.CACHE_CONTROL, "no-cache")
        .contentType(MediaType.APPLICATION_JSON)
        .body(text);
  }
}
