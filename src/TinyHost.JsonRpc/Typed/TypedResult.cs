// Owns: writing the result of a typed method once its task has ended.

using System.ComponentModel;

namespace TinyHost.JsonRpc;

/// <summary>Completes calls of typed methods that return tasks. Called by generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class TypedResult
{
    /// <summary>Waits for a method without a result.</summary>
    public static ValueTask<JsonRpcError?> WriteAsync(JsonRpcCall call, Task task)
    {
        return task.IsCompletedSuccessfully ? default : Wait(task);

        static async ValueTask<JsonRpcError?> Wait(Task task)
        {
            await task.ConfigureAwait(false);
            return null;
        }
    }

    /// <summary>Waits for a method without a result.</summary>
    public static ValueTask<JsonRpcError?> WriteAsync(JsonRpcCall call, ValueTask task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            return WriteAsync(call, task.AsTask());
        }

        task.GetAwaiter().GetResult();
        return default;
    }

    /// <summary>Waits for a result and writes it.</summary>
    public static ValueTask<JsonRpcError?> WriteAsync<T, TValue>(JsonRpcCall call, Task<T> task)
        where TValue : struct, IJsonRpcValue<T> =>
        WriteAsync<T, TValue>(call, new ValueTask<T>(task));

    /// <summary>Waits for a result and writes it.</summary>
    public static ValueTask<JsonRpcError?> WriteAsync<T, TValue>(JsonRpcCall call, ValueTask<T> task)
        where TValue : struct, IJsonRpcValue<T>
    {
        if (!task.IsCompletedSuccessfully)
        {
            return Wait(call, task);
        }

        TValue.Write(call.Result, task.Result);
        return default;

        static async ValueTask<JsonRpcError?> Wait(JsonRpcCall call, ValueTask<T> task)
        {
            TValue.Write(call.Result, await task.ConfigureAwait(false));
            return null;
        }
    }
}
