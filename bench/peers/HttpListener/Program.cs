// Owns: the server that .NET has in the box, in the loop its documentation shows, or with many accepts pending.
// Does not own: the handlers (Handlers).

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
    _ = AnswerAsync(await listener.GetContextAsync());
}

async Task AcceptAsync()
{
    while (true)
    {
        await AnswerAsync(await listener.GetContextAsync());
    }
}

static async Task AnswerAsync(HttpListenerContext context)
{
    try
    {
        await Handlers.HandleAsync(context);
    }
    catch (HttpListenerException)
    {
        // The client left before its response: at the end of each measurement it does.
    }
}
