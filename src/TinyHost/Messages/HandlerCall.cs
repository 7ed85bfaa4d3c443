// Owns: calling a handler, and the error for a handler that returns null instead of a task.

using System.Diagnostics;

namespace TinyHost;

internal static class HandlerCall
{
    /// <summary>
    /// Calls a handler. Throws an <see cref="InvalidOperationException"/> that names <paramref name="place"/> if it returns null.
    /// </summary>
    internal static Task Run(Func<RequestContext, Task> handler, RequestContext context, string place) =>
        handler(context) ?? throw ReturnedNull(handler, place);

    internal static InvalidOperationException ReturnedNull(Func<RequestContext, Task> handler, string place) =>
        new($"{place} ({NameOf(handler)}) returned null instead of a task.");

    // Lambdas and local functions have compiler-generated names: <Method>b__0_1, in a class such as <>c.
    private static string NameOf(Func<RequestContext, Task> handler)
    {
        if (handler.Target is Stage stage)
        {
            return stage.GetType().ToString();
        }

        if (DiagnosticMethodInfo.Create(handler) is not { DeclaringTypeName: { } type } method)
        {
            return "a method without a name";
        }

        var closure = type.IndexOf("+<", StringComparison.Ordinal);
        type = closure < 0 ? type : type[..closure];
        var end = method.Name.IndexOf('>');
        return method.Name.StartsWith('<') && end > 0 ? $"a function in {type}.{method.Name[1..end]}" : $"{type}.{method.Name}";
    }
}
