// Owns: the server that .NET has in the box, with as many pending accepts as it takes to be at its best.
// Does not own: the handlers (Handlers).

using System.Globalization;
using System.Net;
using TinyHost.Bench.Peers.InBox;
using TinyHost.Bench.Shared;

var arguments = new ServerArguments(args);
using var listener = new HttpListener();
listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{arguments.Port}/"));
listener.Start();
await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => AcceptAsync()));

async Task AcceptAsync()
{
    while (true)
    {
        var context = await listener.GetContextAsync();
        try
        {
            await Handlers.HandleAsync(context);
        }
        catch (HttpListenerException)
        {
            // The client left before its response: at the end of each measurement it does.
        }
    }
}
