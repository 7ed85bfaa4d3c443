// Owns: a worker's connection to its parent: orders, questions, and the parent's end.

using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Hosting;

namespace TinyHost.Workers;

/// <summary>
/// Reads on a thread of its own: handlers that hold every thread of the pool must not keep the process from ending with its parent.
/// </summary>
internal sealed class ParentLink : IDisposable
{
    private const int MostReasons = 4_000;

    private static readonly TimeSpan s_afterShutdown = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly HostedServer[] _servers;
    private readonly KeptSockets _sockets;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeSpan _shutdown;
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _over = new();

    /// <param name="socket">The connection.</param>
    /// <param name="servers">Those of the host.</param>
    /// <param name="sockets">The listening sockets.</param>
    /// <param name="lifetime">Stops the host.</param>
    /// <param name="shutdown">How long the host lets a stop take; null if that is unknown.</param>
    internal ParentLink(
        Socket socket, HostedServer[] servers, KeptSockets sockets, IHostApplicationLifetime lifetime, TimeSpan? shutdown)
    {
        (_socket, _servers, _sockets, _lifetime) = (socket, servers, sockets, lifetime);
        _shutdown = shutdown ?? TimeSpan.FromSeconds(30);
    }

    internal void Start()
    {
#pragma warning disable RS0030 // One thread for as long as the process runs, which must not depend on the pool.
        var thread = new Thread(Read) { IsBackground = true, Name = "TinyHost parent" };
#pragma warning restore RS0030
        thread.Start();
    }

    /// <summary>The host has started.</summary>
    internal void SendReady() =>
        Send(string.Join(' ', [WorkerOrder.Ready, .. _servers.SelectMany(server => server.Server?.MetricsUrls ?? [])]));

    public void Dispose()
    {
        _over.Set();
        _socket.Dispose();
    }

    private void Read()
    {
        try
        {
            using var reader = new StreamReader(new NetworkStream(_socket, ownsSocket: false), Encoding.UTF8);
            while (reader.ReadLine() is { } line)
            {
                Obey(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // As at the end of the connection.
        }

        if (_over.IsSet)
        {
            return;
        }

        // The parent has died: nobody is left to replace this process, or to stop it.
        Stop();
        if (!_over.Wait(_shutdown + s_afterShutdown))
        {
            using var self = System.Diagnostics.Process.GetCurrentProcess();
            self.Kill();
        }
    }

    private void Obey(string line)
    {
        switch (line)
        {
            case WorkerOrder.Stop:
                Stop();
                break;
            case WorkerOrder.Leave:
                _sockets.IsHandedOver = true;
                _lifetime.StopApplication();
                break;
            case WorkerOrder.Hurry:
                Array.ForEach(_servers, static server => server.CutDelay());
                break;
            default:
                if (line.StartsWith(WorkerOrder.Ask, StringComparison.Ordinal) && line.Split(' ') is [_, var id, var question])
                {
                    _ = AnswerAsync(id, question);
                }

                break;
        }
    }

    private void Stop()
    {
        // Every process with these sockets stops: peers are to be refused, instead of waiting in a queue that nobody empties.
        foreach (var listener in _sockets.Open)
        {
            listener.IsShared = false;
        }

        _lifetime.StopApplication();
    }

    private async Task AnswerAsync(string id, string question)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var answer = question == WorkerOrder.Ping
            ? await WorkerHealth.FindFaultAsync(_servers).ConfigureAwait(false)
            : await WorkerHealth.ReadAsync(_servers).ConfigureAwait(false);
        Send($"{WorkerOrder.Answer}{id} {(answer.Length > MostReasons ? answer[..MostReasons] : answer).ReplaceLineEndings(" ")}");
    }

    private void Send(string line)
    {
        try
        {
            lock (_lock)
            {
                _socket.Send(Encoding.UTF8.GetBytes(line + '\n'));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The parent has died, which the thread finds out, or the process is about to end.
        }
    }
}
