// Owns: a handler that answers with everything it can see of its request, and records its requests.

using System.Text;

namespace TinyHost.Tests.Conformance;

/// <summary>Each connection has its own.</summary>
internal sealed class Echo
{
    private readonly List<(string Method, string Target)> _requests = [];
    private readonly List<string> _answers = [];

    /// <summary>The requests it was called for, including those whose content was refused later.</summary>
    internal IReadOnlyList<(string Method, string Target)> Requests => _requests;

    /// <summary>The texts of its answers.</summary>
    internal IReadOnlyList<string> Answers => _answers;

    internal async Task HandleAsync(RequestContext context)
    {
        var request = context.Request;
        _requests.Add((request.Method, request.Target));
        var body = new StringBuilder();
        var buffer = new byte[700];
        for (int count; (count = await request.Body.ReadAsync(buffer)) > 0;)
        {
            body.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        var text = EchoText.Of(
            request.Method,
            request.Target,
            request.Path,
            request.RawQuery,
            request.Host,
            request.Version.Minor,
            [.. request.Fields.Select(field => $"{field.Key}: {field.Value}")],
            body.ToString(),
            [.. request.Body.Trailers.Select(field => $"{field.Key}: {field.Value}")]);
        _answers.Add(text);
        // RFC 9110 §9.3.6: a 2xx would open a tunnel.
        context.Response.StatusCode = request.Method == "CONNECT" ? 501 : 200;
        await context.Response.WriteAsync(Encoding.Latin1.GetBytes(text));
    }
}
