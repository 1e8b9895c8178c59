package io.sluice.proxy;

import io.sluice.config.RouteSpec;
import io.sluice.http.Ascii;
import io.sluice.http.HeadEdits;
import io.sluice.http.HeadEdits.Edit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A route's own header and path rules as filters; everything is prepared before traffic. */
final class BuiltInFilters {
  private BuiltInFilters() {}

  /** The filters that a route's rules ask for, in the order they run. */
  static List<RequestFilter> of(RouteSpec route) {
    List<RequestFilter> filters = new ArrayList<>();
    RouteSpec.PathRewrite rewrite = route.pathRewrite();
    if (rewrite != null) {
      filters.add(new PathPrefix(rewrite));
    }
    List<Edit> request = new ArrayList<>();
    if (route.hostRewrite() != null) {
      request.add(Edit.set("Host", route.hostRewrite()));
    }
    request.addAll(edits(route.requestHeaders()));
    List<Edit> answer = edits(route.responseHeaders());
    if (!request.isEmpty() || !answer.isEmpty()) {
      filters.add(new HeaderRules(request, answer));
    }
    return filters;
  }

  private static List<Edit> edits(RouteSpec.HeaderRules rules) {
    List<Edit> edits = new ArrayList<>();
    rules.remove().forEach(name -> edits.add(Edit.remove(name)));
    rules.set().forEach((name, value) -> edits.add(Edit.set(name, value)));
    rules.add().forEach((name, value) -> edits.add(Edit.add(name, value)));
    return edits;
  }

  private static final class HeaderRules implements RequestFilter {
    private final Edit[] request;
    private final Edit[] answer;

    HeaderRules(List<Edit> request, List<Edit> answer) {
      this.request = request.toArray(Edit[]::new);
      this.answer = answer.toArray(Edit[]::new);
    }

    @Override
    public void beforeSending(RequestContext context) {
      apply(request, context.requestEdits());
    }

    @Override
    public void onAnswerHead(RequestContext context) {
      apply(answer, context.answerEdits());
    }

    private static void apply(Edit[] edits, HeadEdits to) {
      for (Edit edit : edits) {
        to.add(edit);
      }
    }
  }

  private static final class PathPrefix implements RequestFilter {
    private final byte[] prefix;
    private final byte[] to;

    PathPrefix(RouteSpec.PathRewrite rule) {
      this.prefix = segments(rule.prefix());
      this.to = segments(rule.to());
    }

    /** Without a final slash: an empty text stands for the path's beginning. */
    private static byte[] segments(@Nullable String path) {
      String text = path == null ? "" : path;
      return Ascii.bytes(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
    }

    @Override
    public void beforeSending(RequestContext context) {
      if (context.hasPathPrefix(prefix)) {
        context.replacePathPrefix(prefix.length, to);
      }
    }
  }
}
