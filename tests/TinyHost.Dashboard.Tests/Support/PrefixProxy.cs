// Owns: a reverse proxy that serves another server below a path.

namespace TinyHost.Dashboard.Tests.Support;

internal sealed class PrefixProxy : IAsyncDisposable
{
    private readonly HttpClient _client = new();
    private readonly HttpServer _server;
    private readonly string _prefix;
    private readonly Uri _behind;

    private PrefixProxy(string prefix, Uri behind)
    {
        (_prefix, _behind) = (prefix, behind);
        _server = new HttpServer("http://127.0.0.1:0/", ForwardAsync);
    }

    internal string Url => $"http://127.0.0.1:{_server.EndPoints[0].Port}{_prefix}";

    internal static async Task<PrefixProxy> StartAsync(string prefix, Uri behind)
    {
        var proxy = new PrefixProxy(prefix, behind);
        await proxy._server.StartAsync(TestContext.Current.CancellationToken);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
    }

    private async Task ForwardAsync(RequestContext context)
    {
        if (!context.Request.Path.StartsWith(_prefix + "/", StringComparison.Ordinal))
        {
            await context.Response.AnswerAsync(404, "Not found.\n");
            return;
        }

        var query = context.Request.RawQuery;
        var path = context.Request.Path[_prefix.Length..] + (query.Length > 0 ? "?" + query : "");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_behind, path));
        request.Headers.TryAddWithoutValidation("Accept", context.Request.Fields["Accept"]);
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.Aborted);
        context.Response.StatusCode = (int)response.StatusCode;
        context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        if (response.Headers.TryGetValues("Content-Security-Policy", out var policy))
        {
            context.Response.Fields["Content-Security-Policy"] = string.Join(", ", policy);
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.Aborted, context.Stopping);
        await using var content = await response.Content.ReadAsStreamAsync(ending.Token);
        var buffer = new byte[65_536];
        while (!ending.IsCancellationRequested)
        {
            var length = await content.ReadAsync(buffer, ending.Token);
            if (length == 0)
            {
                break;
            }

            await context.Response.WriteAsync(buffer.AsMemory(0, length), ending.Token);
            await context.Response.FlushAsync(ending.Token);
        }
    }
}
