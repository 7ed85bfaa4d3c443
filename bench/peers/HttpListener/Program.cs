// Owns: .NET's built-in server, with the accept loop from its documentation or with many pending accepts.

using System.Globalization;
using System.Net;
using TinyHost.Bench.Peers.InBox;
using TinyHost.Bench.Shared;

var arguments = new ServerArguments(args);
using var listener = new HttpListener();
listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{arguments.Port}/"));
listener.Start();
Console.WriteLine("ready");

if (arguments.Has("--accepts"))
{
    await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => AcceptAsync()));
}

while (true)
{
    _ = RespondAsync(await listener.GetContextAsync());
}

async Task AcceptAsync()
{
    while (true)
    {
        await RespondAsync(await listener.GetContextAsync());
    }
}

static async Task RespondAsync(HttpListenerContext context)
{
    try
    {
        await Handlers.HandleAsync(context);
    }
    catch (HttpListenerException)
    {
        // The client disconnected before its response, as it does at the end of each measurement.
    }
}
