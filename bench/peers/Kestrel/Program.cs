// Owns: the smallest Kestrel that ASP.NET Core offers: slim builder, one inline middleware, no logging, one port. Files and routing only if
// they are measured.

using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using TinyHost.Bench.Peers.Kestrel;
using TinyHost.Bench.Shared;

var arguments = new ServerArguments(args);
if (arguments.Has("--daemon"))
{
    await DaemonServer.RunAsync(arguments);
    return;
}

var builder = WebApplication.CreateSlimBuilder();
if (arguments.TlsDirectory is not null)
{
    builder.WebHost.UseKestrelHttpsConfiguration();
}

builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(options =>
{
    options.AddServerHeader = false;
    options.Listen(IPAddress.Loopback, arguments.Port, listen =>
    {
        if (arguments.TlsDirectory is { } directory)
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(X509Certificate2.CreateFromPemFile(
                Path.Combine(directory, "bench.pem"), Path.Combine(directory, "bench.key")));
        }
    });
});
if (arguments.Has("--inline"))
{
    // Kestrel's counterpart of InlineCompletions; the driver also sets the runtime's switch.
    builder.Services.Configure<SocketTransportOptions>(options => options.UnsafePreferInlineScheduling = true);
}

await using var app = builder.Build();
if (arguments.Has("--first-response"))
{
    app.Run(Handlers.TextAsync);
}
else if (arguments.Routes > 0)
{
    app.MapGet("/", Handlers.TextAsync);
    for (var i = 0; i < arguments.Routes; i++)
    {
        app.MapGet($"/api/resource{i}/{{id}}", Handlers.RouteValueAsync);
    }
}
else
{
    if (arguments.FilesDirectory is { } folder)
    {
        app.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(folder), RequestPath = "/files" });
    }

    app.Run(context => context.Request.Path.Value switch
    {
        "/" => Handlers.TextAsync(context),
        "/json" => Handlers.JsonAsync(context),
        "/rpc" => RpcHandler.HandleAsync(context),
        "/mebibyte" => Handlers.MebibyteAsync(context),
        "/upload" => Handlers.UploadAsync(context),
        "/allocated" => Handlers.AllocatedAsync(context),
        "/events" => StreamHandlers.EventsAsync(context),
        "/publish" => StreamHandlers.PublishAsync(context),
        "/echo" => StreamHandlers.EchoAsync(context),
        _ => Handlers.NotFoundAsync(context),
    });
}

await app.RunAsync();
