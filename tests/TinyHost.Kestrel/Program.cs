// Owns: Kestrel on a free port: with default settings, reporting in a field of each response how it read the request; or with the shop.

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TinyHost.Kestrel;

await using var app = args is ["shop", .. var settings] ? ShopApp.Build(settings) : BuildReporter();
await app.StartAsync();
Console.WriteLine(app.Urls.First());

// Stop when standard input ends, so that no test can leave this process behind.
await Console.In.ReadToEndAsync();
await app.StopAsync();

static WebApplication BuildReporter()
{
    var builder = WebApplication.CreateSlimBuilder();
    builder.Logging.ClearProviders();
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    var app = builder.Build();
    app.Run(async context =>
    {
        var request = context.Request;
        using var content = new MemoryStream();
        await request.Body.CopyToAsync(content);
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var trailers = context.Features.Get<IHttpRequestTrailersFeature>() is { Available: true } feature
            ? string.Join(',', feature.Trailers.Keys.Order(StringComparer.Ordinal))
            : "";
        var hash = Convert.ToHexString(SHA256.HashData(content.ToArray()))[..8];
        var seen = string.Create(
            CultureInfo.InvariantCulture,
            $"{request.Method} {target} host={request.Host} trailers={trailers} body={content.Length}:{hash}");
        context.Response.StatusCode = request.Method == "CONNECT" ? 501 : 200;
        context.Response.Headers["X-Seen"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(seen));
    });
    return app;
}
