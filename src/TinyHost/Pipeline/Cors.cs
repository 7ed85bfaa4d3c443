// Owns: telling browsers which pages of other origins may read responses. Fetch standard, CORS protocol.

namespace TinyHost;

/// <summary>The stage that shares responses with pages of other origins, and answers browsers' preflight requests.</summary>
public sealed class Cors : Stage
{
    private const string Vary = "Vary";

    private readonly Func<RequestContext, Task> _app;
    private readonly CorsPolicy _policy;
    private readonly Action<object?> _shareWithoutOrigin;

    private Cors(Func<RequestContext, Task> app, CorsPolicy policy)
        : base(app)
    {
        _app = app;
        _policy = policy;
        var shared = policy.OriginToShareWith(null);
        var exposed = shared is null ? null : policy.ExposedHeaders;
        _shareWithoutOrigin = response => Share((Response)response!, shared, exposed);
    }

    /// <summary>
    /// Wraps an app: responses for allowed origins, errors included, get the fields that let a browser hand them to the page. A preflight
    /// request (OPTIONS with Origin and Access-Control-Request-Method) is answered with 204 and does not reach the app, so this stage
    /// belongs before authentication. Requests of other origins reach the app: the browser refuses its page the response, and CORS
    /// protects nothing else. Requests to reach a private network (Access-Control-Request-Private-Network) are not granted. The options
    /// are read once. Throws <see cref="ArgumentException"/> for a text that is not an origin, a method or a field name, for options
    /// that allow no origin, and for <c>*</c> with credentials.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, CorsOptions options)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(options);
        return new Cors(app, new CorsPolicy(options));
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        var request = context.Request;
        var response = context.Response;
        var origin = request.Fields["Origin"];
        // Right before the head is written, so that the answers of stages and of the server have the fields as well.
        if (origin is null)
        {
            response.OnStarting(_shareWithoutOrigin, response);
            return CallApp(context);
        }

        var shared = _policy.OriginToShareWith(origin);
        var isPreflight = request.Method == "OPTIONS" && request.Fields.Contains("Access-Control-Request-Method");
        // No page reads the answer to a preflight request.
        var before = request.Allocations.OfHandler;
        ShareWith(response, shared, shared is null || isPreflight ? null : _policy.ExposedHeaders);
        request.Allocations.CountOwn(before);
        if (!isPreflight)
        {
            return CallApp(context);
        }

        response.StatusCode = 204;
        if (shared is not null)
        {
            response.Fields["Access-Control-Allow-Methods"] = _policy.AllowedMethods;
            response.Fields["Access-Control-Allow-Headers"] = _policy.AllowedHeaders;
            response.Fields["Access-Control-Max-Age"] = _policy.MaxAge;
        }

        return Task.CompletedTask;
    }

    private void ShareWith(Response response, string? origin, string? exposed) =>
        response.OnStarting(() => Share(response, origin, exposed));

    private Task CallApp(RequestContext context) =>
        _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseCors");

    // May be called twice, when the server replaces a response.
    private void Share(Response response, string? origin, string? exposed)
    {
        if (!_policy.AllowsAll && !Varies(response.Fields[Vary]))
        {
            // Also without an origin: a cache must not give that response to a page.
            response.Fields.Add(Vary, "Origin");
        }

        response.Fields["Access-Control-Allow-Origin"] = origin;
        response.Fields["Access-Control-Allow-Credentials"] = origin is not null && _policy.AllowsCredentials ? "true" : null;
        response.Fields["Access-Control-Expose-Headers"] = exposed;
    }

    private static bool Varies(string? vary) => vary?.Split(',', StringSplitOptions.TrimEntries)
        .Any(name => name == "*" || name.Equals("Origin", StringComparison.OrdinalIgnoreCase)) == true;
}
