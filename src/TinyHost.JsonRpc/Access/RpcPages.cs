// Owns: refusing calls of web pages that the browser sends without asking the server first.
// Source: Fetch, "CORS-safelisted request-header" (https://fetch.spec.whatwg.org/#cors-safelisted-request-header).

namespace TinyHost.JsonRpc;

/// <summary>
/// Any page may make a browser send a POST request anywhere, with the user's credentials, as long as it looks like a form: with one of
/// three media types, or none. A method would run before the browser withholds the reply. For <c>application/json</c> the browser asks
/// first, and <c>UseCors</c> answers.
/// </summary>
internal static class RpcPages
{
    /// <summary>The sentence that refuses a request; null if it is allowed. Programs send no Origin, and need no Content-Type.</summary>
    public static string? Refusal(Request request) =>
        request.Fields["Origin"] is null
        || request.Fields["Content-Type"]?.AsSpan().TrimStart().StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true
            ? null
            : "A request with Origin, as web pages send it, needs Content-Type: application/json.";
}
