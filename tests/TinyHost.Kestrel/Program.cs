// Owns: Kestrel with its default settings on a free port, which says in a field of each response what it has read of the request.
// Does not own: the comparison, or the sending. It ends when its standard input does, so that no test can leave it behind.

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls("http://127.0.0.1:0");
await using var app = builder.Build();
app.Run(async context =>
{
    var request = context.Request;
    using var content = new MemoryStream();
    await request.Body.CopyToAsync(content);
    var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
    var trailers = context.Features.Get<IHttpRequestTrailersFeature>() is { Available: true } feature ? feature.Trailers.Keys.Order(StringComparer.Ordinal) : Enumerable.Empty<string>();
    var seen = string.Create(
        CultureInfo.InvariantCulture,
        $"{request.Method} {target} host={request.Host} trailers={string.Join(',', trailers)} body={content.Length}:{Convert.ToHexString(SHA256.HashData(content.ToArray()))[..8]}");
    context.Response.StatusCode = request.Method == "CONNECT" ? 501 : 200;
    context.Response.Headers["X-Seen"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(seen));
});
await app.StartAsync();
Console.WriteLine(app.Urls.First());
await Console.In.ReadToEndAsync();
await app.StopAsync();
