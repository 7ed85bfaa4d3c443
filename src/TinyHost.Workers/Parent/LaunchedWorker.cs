// Owns: one worker process: its connection, what it prints, its end, and whether it answers.

using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TinyHost.Workers;

#pragma warning disable CA1001 // The channel is closed when the process has ended.
internal sealed partial class LaunchedWorker : ILaunchedWorker
#pragma warning restore CA1001
{
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longSilence = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_lastLines = TimeSpan.FromSeconds(2);

    private readonly int _number;
    private readonly Process _process;
    private readonly int _processId;
    private readonly HandoverChannel _channel;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LineRelay _errors;
    private readonly Task _relays;
    private readonly DateTimeOffset _startedAt;
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Dictionary<long, TaskCompletionSource<string>> _asked = [];
    private IReadOnlyList<Uri> _urls = [];
    private WorkerState _state;
    private long _asks;
    private Task<string?>? _ping;
    private long _pingedAt;
    private volatile string? _fault;

    /// <param name="number">The number of the worker.</param>
    /// <param name="process">The process, just started.</param>
    /// <param name="channel">The connection to it.</param>
    /// <param name="outputs">Where what it prints goes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    internal LaunchedWorker(
        int number, Process process, SafeSocketHandle channel, (LineOutput Output, LineOutput Error) outputs, TimeProvider time,
        ILogger logger)
    {
        (_number, _process, _time, _logger) = (number, process, time, logger);
        _processId = process.Id;
        _startedAt = time.GetUtcNow();
        _channel = new HandoverChannel(new Socket(channel));
        process.StandardInput.Close();
        _errors = new LineRelay(process.StandardError.BaseStream, outputs.Error);
        _relays = Task.WhenAll(new LineRelay(process.StandardOutput.BaseStream, outputs.Output).RunAsync(), _errors.RunAsync());
        var reading = ReadAsync();
        Exited = EndAsync(reading);
    }

    public int ProcessId => _processId;

    public Task<bool> Ready => _ready.Task;

    public Task<int> Exited { get; }

    public string LastError => _errors.Last;

    /// <summary>Whether it serves.</summary>
    internal bool IsServing => _state == WorkerState.Ready;

    /// <summary>Why it does not live, for a watchdog; null while it does, and while it is not expected to.</summary>
    internal string? Fault => IsServing ? _fault : null;

    public void Order(string order)
    {
        if (order is WorkerOrder.Stop or WorkerOrder.Leave)
        {
            _state = WorkerState.Draining;
        }

        TrySend(order);
    }

    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    internal WorkerProcess Describe() => new(_number, _processId)
    {
        State = _state,
        IsAnswering = !IsSilentFor(s_silence),
        StartedAt = _startedAt,
        MetricsUrls = _urls,
    };

    /// <summary>The answer to a question; null if the process has ended. Throws <see cref="OperationCanceledException"/>.</summary>
    internal async Task<string?> AskAsync(string question, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        long id;
        lock (_lock)
        {
            id = ++_asks;
            _asked.Add(id, answer);
        }

        try
        {
            TrySend(string.Create(CultureInfo.InvariantCulture, $"{WorkerOrder.Ask}{id} {question}"));
            var first = await Task.WhenAny(answer.Task, Exited).WaitAsync(cancellationToken).ConfigureAwait(false);
            return first == answer.Task ? await answer.Task.ConfigureAwait(false) : null;
        }
        finally
        {
            lock (_lock)
            {
                _asked.Remove(id);
            }
        }
    }

    /// <summary>Once a second: asks whether it lives, unless it still owes an answer.</summary>
    internal void Ping()
    {
        if (_ping is { IsCompleted: false })
        {
            if (IsSilentFor(s_longSilence))
            {
                var seconds = _time.GetElapsedTime(_pingedAt).TotalSeconds;
                SetFault(string.Create(CultureInfo.InvariantCulture, $"no answer for {seconds:0} s"));
            }

            return;
        }

        if (_ping is { Result: { } answer })
        {
            SetFault(answer.Length > 0 ? answer : null);
        }

        if (IsServing)
        {
            _pingedAt = _time.GetTimestamp();
            _ping = AskAsync(WorkerOrder.Ping, CancellationToken.None);
        }
    }

    private bool IsSilentFor(TimeSpan limit) => _ping is { IsCompleted: false } && _time.GetElapsedTime(_pingedAt) > limit;

    private void SetFault(string? fault)
    {
        if (_fault is null && fault is not null)
        {
            LogFault(_logger, _number, _processId, fault);
        }
        else if (_fault is not null && fault is null)
        {
            LogAlive(_logger, _number, _processId);
        }

        _fault = fault;
    }

    private void TrySend(string line)
    {
        try
        {
            lock (_lock)
            {
                _channel.Send(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has ended, or hangs with a full queue.
        }
    }

    /// <summary>Reads what the process sends until it has ended. Never fails.</summary>
    private async Task ReadAsync()
    {
        try
        {
            while (await _channel.ReadAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
            {
                Read(line);
            }
        }
        catch (ObjectDisposedException)
        {
            // As at the end.
        }
        catch (Exception e) when (e is IOException or UriFormatException)
        {
            // Other code of the process has written here. Without a connection it finishes, and another takes its place.
            LogBroken(_logger, _number, _processId, e.Message);
            _state = WorkerState.Draining;
            _channel.Dispose();
        }
    }

    private void Read(string line)
    {
        var words = line.Split(' ');
        if (words[0] == WorkerOrder.Ready)
        {
            _urls = [.. words.Skip(1).Select(word => new Uri(word, UriKind.Absolute))];
            _state = _state == WorkerState.Starting ? WorkerState.Ready : _state;
            _ready.TrySetResult(true);
        }
        else if (line.StartsWith(WorkerOrder.Answer, StringComparison.Ordinal)
            && words.Length > 1
            && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            TaskCompletionSource<string>? asked;
            lock (_lock)
            {
                asked = _asked.GetValueOrDefault(id);
            }

            asked?.TrySetResult(string.Join(' ', words.Skip(2)));
        }
    }

    private async Task<int> EndAsync(Task reading)
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        // A child of the worker may keep its output open.
        await Task.WhenAny(Task.WhenAll(reading, _relays), Task.Delay(s_lastLines, _time)).ConfigureAwait(false);
        var code = _process.ExitCode;
        _channel.Dispose();
        _process.Dispose();
        _ready.TrySetResult(false);
        return code;
    }

    [LoggerMessage(19, LogLevel.Error,
        "Worker {Number}, process {Process}, has broken its connection to the parent, and is to end: {Fault}")]
    private static partial void LogBroken(ILogger logger, int number, int process, string fault);

    [LoggerMessage(10, LogLevel.Error, "Worker {Number}, process {Process}, does not live: {Fault}")]
    private static partial void LogFault(ILogger logger, int number, int process, string fault);

    [LoggerMessage(11, LogLevel.Information, "Worker {Number}, process {Process}, lives again.")]
    private static partial void LogAlive(ILogger logger, int number, int process);
}
