// Owns: the page on which a person calls methods, and its Content-Security-Policy.
// Source: W3C, "Content Security Policy Level 3".

using System.Security.Cryptography;
using System.Text;

namespace TinyHost.JsonRpc;

/// <summary>One file without anything from elsewhere: the policy admits the page's own style and script by their hashes.</summary>
internal sealed class TryItPage
{
    private static readonly Lazy<TryItPage> s_page = new(() => new TryItPage());

    private readonly byte[] _html;
    private readonly string _policy;

    private TryItPage()
    {
        var (style, script) = (Read("TryIt.css"), Read("TryIt.js"));
        _html = Encoding.UTF8.GetBytes(Read("TryIt.html")
            .Replace("{{style}}", style, StringComparison.Ordinal).Replace("{{script}}", script, StringComparison.Ordinal));
        _policy = $"default-src 'none'; style-src '{Hash(style)}'; script-src '{Hash(script)}'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    /// <summary>Answers with the page.</summary>
    public static ValueTask AnswerAsync(RequestContext context)
    {
        var page = s_page.Value;
        var response = context.Response;
        response.ContentType = "text/html; charset=utf-8";
        response.Fields["Content-Security-Policy"] = page._policy;
        response.Fields["X-Content-Type-Options"] = "nosniff";
        response.Fields["Referrer-Policy"] = "no-referrer";
        response.Fields["Cache-Control"] = "no-store";
        return response.WriteAsync(page._html, CancellationToken.None);
    }

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Read(string name)
    {
        using var stream = typeof(TryItPage).Assembly.GetManifestResourceStream("TinyHost.JsonRpc.Page." + name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
