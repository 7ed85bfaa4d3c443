// Owns: a worker's connection to its parent: orders, questions, and the parent's end.
// Source: Linux, getppid(2).

using System.Net.Sockets;
using System.Runtime.InteropServices;
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

    // A parent that dies closes its connections before the system gives its children another parent.
    private static readonly TimeSpan s_dying = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(10);

    private readonly Socket _socket;
    private readonly HostedServer[] _servers;
    private readonly (Action Leave, Action Close) _sockets;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeSpan _shutdown;
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _over = new();
    private readonly int _parent = ParentProcess();
    private int _hasStopped;

    /// <param name="socket">The connection.</param>
    /// <param name="servers">Those of the host.</param>
    /// <param name="sockets">
    /// What is done to the listening sockets before the process leaves them to others, and before it stops with all others.
    /// </param>
    /// <param name="lifetime">Stops the host.</param>
    /// <param name="shutdown">How long the host lets a stop take.</param>
    internal ParentLink(
        Socket socket, HostedServer[] servers, (Action Leave, Action Close) sockets, IHostApplicationLifetime lifetime,
        TimeSpan shutdown) =>
        (_socket, _servers, _sockets, _lifetime, _shutdown) = (socket, servers, sockets, lifetime, shutdown);

    internal void Start() => StartThread("TinyHost parent", Read);

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

        // Nobody is left to replace this process, or to stop it.
        if (HasParentDied())
        {
            Stop();
        }
        else
        {
            // The connection alone has broken: others accept from the same sockets.
            StopHost();
        }

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
                _sockets.Leave();
                StopHost();
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
        _sockets.Close();
        StopHost();
    }

    // On another thread: a callback of the program that blocks must not keep this one from the next order, and from the parent's end.
    private void StopHost()
    {
        if (Interlocked.Exchange(ref _hasStopped, 1) == 0)
        {
            StartThread("TinyHost stop", _lifetime.StopApplication);
        }
    }

    private bool HasParentDied()
    {
        for (var waited = TimeSpan.Zero; waited < s_dying && ParentProcess() == _parent && !_over.IsSet; waited += s_step)
        {
            _over.Wait(s_step);
        }

        return ParentProcess() != _parent;
    }

    private static void StartThread(string name, ThreadStart run)
    {
#pragma warning disable RS0030 // For as long as the process runs, or stops, which must not depend on the pool.
        var thread = new Thread(run) { IsBackground = true, Name = name };
#pragma warning restore RS0030
        thread.Start();
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

    [DllImport("libc", EntryPoint = "getppid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ParentProcess();
}
