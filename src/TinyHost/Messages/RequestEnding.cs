// Owns: what is left to do once a response is complete: the handler's callbacks, and disposing of the request's services.

using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>Made when a request first needs it. Its connection runs it, and reads no further request before.</summary>
internal sealed partial class RequestEnding(RequestContext context)
{
    private readonly Lock _gate = new();
    private List<Func<Task>>? _callbacks;
    private AsyncServiceScope? _scope;
    private bool _isOver;

    /// <summary>
    /// The observers of the whole response, which stages add. They are called before the response is sent, so they delay nothing, and they
    /// must not throw.
    /// </summary>
    internal event Action<RequestContext>? Observed;

    /// <summary>
    /// The request's scope of the application's services; the services themselves if they have no scopes. Throws
    /// <see cref="InvalidOperationException"/> once the scope is to be disposed of.
    /// </summary>
    internal IServiceProvider ScopeOf(IServiceProvider services)
    {
        lock (_gate)
        {
            ThrowIfOver();
            if (_scope is null)
            {
                if (services.GetService(typeof(IServiceScopeFactory)) is not IServiceScopeFactory scopes)
                {
                    return services;
                }

                _scope = scopes.CreateAsyncScope();
            }

            return _scope.Value.ServiceProvider;
        }
    }

    /// <summary>Throws <see cref="InvalidOperationException"/> once all callbacks have been called.</summary>
    internal void Add(Func<Task> callback)
    {
        lock (_gate)
        {
            ThrowIfOver();
            (_callbacks ??= []).Add(callback);
        }
    }

    /// <summary>The response is complete, or its connection is lost: tells the observers.</summary>
    internal void Observe() => Observed?.Invoke(context);

    /// <summary>
    /// False if there is nothing to run: then nothing can be added any more. Otherwise <see cref="RunAsync"/> must follow.
    /// </summary>
    internal bool TryBegin()
    {
        lock (_gate)
        {
            _isOver = _callbacks is null or [] && _scope is null;
            return !_isOver;
        }
    }

    /// <summary>Calls the callbacks, the last one added first, and disposes of the services. Exceptions are logged.</summary>
    internal async Task RunAsync()
    {
        while (TryTake(out var callback))
        {
            try
            {
                await (callback() ?? throw new InvalidOperationException("The callback returned null instead of a task."))
                    .ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Logged: the response has been sent, and the connection goes on.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                CallbackFailed(context.Logger, exception, context.Connection.Id);
            }
        }

        try
        {
            if (_scope is { } scope)
            {
                await scope.DisposeAsync().ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // Logged, as above.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            DisposalFailed(context.Logger, exception, context.Connection.Id);
        }
    }

    // A callback may add others.
    private bool TryTake([NotNullWhen(true)] out Func<Task>? callback)
    {
        lock (_gate)
        {
            if (_callbacks is not [.., var last])
            {
                _isOver = true;
                callback = null;
                return false;
            }

            _callbacks.RemoveAt(_callbacks.Count - 1);
            callback = last;
            return true;
        }
    }

    private void ThrowIfOver()
    {
        if (_isOver)
        {
            throw StateErrors.RequestEnded();
        }
    }

    [LoggerMessage(42, LogLevel.Error, "A callback of OnCompleted failed on connection {Connection}.")]
    private static partial void CallbackFailed(ILogger logger, Exception exception, long connection);

    [LoggerMessage(43, LogLevel.Error, "Disposing of a request's services failed on connection {Connection}.")]
    private static partial void DisposalFailed(ILogger logger, Exception exception, long connection);
}
