// Owns: the life of a host as a Windows service: what Windows is told when, and what stops the host.

using Microsoft.Extensions.Hosting;

namespace TinyHost.WindowsServices;

/// <param name="manager">The service control manager.</param>
/// <param name="application">The life of the host.</param>
/// <param name="time">The clock of reports during a start or stop.</param>
/// <param name="exitCode">The exit code of the program. The service's own if it is not 0.</param>
internal sealed class ServiceHostLifetime(
    IServiceManager manager, IHostApplicationLifetime application, TimeProvider time, Func<int> exitCode) : IHostLifetime, IDisposable
{
    // The exit code of a program whose server could not start, as in RunTinyHostAsync.
    private const int StartFailed = 1;

    private static readonly TimeSpan s_reportInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_waitHint = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private ServiceState _state = ServiceState.Stopped;
    private bool _hasStarted;
    private int _checkpoint;
    private ITimer? _timer;

    /// <summary>Ends when Windows lets the service start.</summary>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        application.ApplicationStarted.Register(() => MoveTo(ServiceState.Running));
        application.ApplicationStopping.Register(() => MoveTo(ServiceState.StopPending));
        manager.Connect(Begin, Handle);
        return _begun.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Does nothing: the service stops when its host is disposed, and its ports are free.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The host is disposed, after a stop or a start that failed.</summary>
    public void Dispose()
    {
        MoveTo(ServiceState.Stopped);
        _timer?.Dispose();
    }

    private void Begin(Exception? failure)
    {
        if (failure is not null)
        {
            _begun.TrySetException(failure);
            return;
        }

        lock (_lock)
        {
            Report(ServiceState.StartPending);
        }

        // A start may take longer than Windows waits for a sign of life, and so may a stop.
        _timer = time.CreateTimer(
            static lifetime => ((ServiceHostLifetime)lifetime!).ReportProgress(), this, s_reportInterval, s_reportInterval);
        _begun.TrySetResult();
    }

    private int Handle(int control)
    {
        switch (control)
        {
            case ServiceControls.Stop or ServiceControls.Preshutdown:
                MoveTo(ServiceState.StopPending);
                // Not here: it calls what the program has registered, and Windows waits.
                ThreadPool.UnsafeQueueUserWorkItem(static application => application.StopApplication(), application, preferLocal: false);
                return ServiceControls.Done;
            case ServiceControls.Interrogate:
                return ServiceControls.Done;
            default:
                return ServiceControls.NotImplemented;
        }
    }

    // States follow in one order only: a stop that is requested during the start is not undone by the end of the start.
    private void MoveTo(ServiceState state)
    {
        lock (_lock)
        {
            _hasStarted |= state == ServiceState.Running;
            if (_state == ServiceState.Stopped || (state == ServiceState.Running && _state != ServiceState.StartPending) || state == _state)
            {
                return;
            }

            Report(state);
        }
    }

    private void ReportProgress()
    {
        lock (_lock)
        {
            if (_state is ServiceState.StartPending or ServiceState.StopPending)
            {
                Report(_state);
            }
        }
    }

    private void Report(ServiceState state)
    {
        var isPending = state is ServiceState.StartPending or ServiceState.StopPending;
        _checkpoint = isPending ? (state == _state ? _checkpoint : 0) + 1 : 0;
        _state = state;
        var code = state != ServiceState.Stopped ? 0
            : exitCode() is var own and not 0 ? own
            : _hasStarted ? 0
            : StartFailed;
        manager.Report(new ServiceStatus
        {
            State = state,
            Accepted = state == ServiceState.Running ? ServiceControls.AcceptsStop | ServiceControls.AcceptsPreshutdown : 0,
            ExitCode = code == 0 ? 0 : ServiceStatus.ServiceSpecificError,
            SpecificExitCode = code,
            Checkpoint = _checkpoint,
            WaitHint = isPending ? (int)s_waitHint.TotalMilliseconds : 0,
        });
    }
}
