// Owns: a message of a WebSocket in progress: its memory, its reply and its services.

using System.Buffers;
using Microsoft.Extensions.DependencyInjection;

namespace TinyHost.JsonRpc;

/// <summary>The object is reused for later messages.</summary>
internal sealed class SocketTurn : IRpcExchange
{
    private const int MaxKept = 65_536;

    private readonly Lock _lock = new();
    private JsonRpcConnection? _connection;
    private byte[] _content = [];
    private int _length;
    private AsyncServiceScope? _scope;

    public JsonRpcConnection Connection => _connection ?? throw Ended();

    public ReadOnlyMemory<byte> Message => _content.AsMemory(0, _length);

    public ArrayBufferWriter<byte> Reply { get; } = new(256);

    /// <summary>A scope of the message. It is made when first asked for; calls of a batch that run together share it.</summary>
    public IServiceProvider Services
    {
        get
        {
            lock (_lock)
            {
                if (_scope is null)
                {
                    var services = Connection.Context.Services;
                    if (services.GetService(typeof(IServiceScopeFactory)) is not IServiceScopeFactory scopes)
                    {
                        return services;
                    }

                    _scope = scopes.CreateAsyncScope();
                }

                return _scope.Value.ServiceProvider;
            }
        }
    }

    /// <summary>A message has arrived, in memory of the shared pool.</summary>
    public void Begin(JsonRpcConnection connection, byte[] content, int length) =>
        (_connection, _content, _length) = (connection, content, length);

    /// <summary>
    /// The message has been answered. False if the object must not be used again, because a method still runs that was abandoned, or has
    /// grown too large to keep. Throws what the disposal of a service throws.
    /// </summary>
    public async ValueTask<bool> EndAsync(bool isHeld)
    {
        AsyncServiceScope? scope;
        lock (_lock)
        {
            scope = _scope;
            (_connection, _scope) = (null, null);
        }

        ArrayPool<byte>.Shared.Return(_content);
        _content = [];
        Reply.ResetWrittenCount();
        if (scope is not null)
        {
            await scope.Value.DisposeAsync().ConfigureAwait(false);
        }

        return !isHeld && Reply.Capacity <= MaxKept;
    }

    private static InvalidOperationException Ended() => new("The call has ended: its connection and its services are no longer its own.");
}
