// Owns: the load of clients that have the content already, and ask whether it has changed.

using System.Globalization;
using System.Net;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>A load whose requests have the entity tag of the server in If-None-Match, so that all responses are 304.</summary>
internal sealed class ConditionalLoad(WrkLoad load) : ILoad
{
    private const string Field = "If-None-Match";

    public async Task<WrkOutput> RunAsync(RunningServer server, int seconds, CancellationToken cancellationToken)
    {
        using var first = await GetAsync(server, tag: null, cancellationToken);
        return await WithTag(TagOf(first, server)).RunAsync(server, seconds, cancellationToken);
    }

    /// <summary>Throws <see cref="BenchException"/> if a request with the tag is not answered with 304.</summary>
    public async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        using var first = await GetAsync(server, tag: null, cancellationToken);
        var tag = TagOf(first, server);
        using var second = await GetAsync(server, tag, cancellationToken);
        if (second.StatusCode != HttpStatusCode.NotModified)
        {
            throw new BenchException($"{server.Title} answers {Field}: {tag} with {(int)second.StatusCode}; expected 304.");
        }
    }

    public override string ToString() => WithTag("…").ToString();

    private static string TagOf(HttpResponseMessage response, RunningServer server) =>
        response.Headers.ETag?.ToString() ?? throw new BenchException($"{server.Title} sends no ETag.");

    private WrkLoad WithTag(string tag) => load with { Fields = [.. load.Fields, $"{Field}: {tag}"] };

    private async Task<HttpResponseMessage> GetAsync(RunningServer server, string? tag, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.Port}{load.Path}")));
        if (tag is not null)
        {
            request.Headers.TryAddWithoutValidation(Field, tag);
        }

        return await client.SendAsync(request, cancellationToken);
    }
}
