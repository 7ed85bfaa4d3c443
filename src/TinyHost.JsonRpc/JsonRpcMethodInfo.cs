// Owns: what is known of a method besides its code.

using System.Text;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>
/// The declaration of a method: its name, parameters and result, for <c>rpc.discover</c> and for reading params
/// (<see cref="JsonRpcArguments"/>). The source generator makes it for typed methods.
/// </summary>
public sealed class JsonRpcMethodInfo
{
    private const int MostParameters = 64;

    private readonly JsonRpcParameterInfo[] _parameters;
    private readonly byte[][] _names;

    /// <summary>
    /// A method. The parameters that a call must have come first, as in C#. Throws <see cref="ArgumentException"/> when two parameters have
    /// one name, a required parameter follows an optional one, or there are more than 64.
    /// </summary>
    public JsonRpcMethodInfo(string name, params JsonRpcParameterInfo[] parameters)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(parameters);
        if (parameters.Length > MostParameters)
        {
            throw new ArgumentException(
                $"The method '{name}' has {parameters.Length} parameters; the most is {MostParameters}.", nameof(parameters));
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = parameters[i] ?? throw new ArgumentNullException(nameof(parameters));
            if (Array.FindIndex(parameters, other => other.Name == parameter.Name) < i)
            {
                throw new ArgumentException($"The method '{name}' has two parameters '{parameter.Name}'.", nameof(parameters));
            }

            if (i > 0 && parameter.IsRequired && !parameters[i - 1].IsRequired)
            {
                throw new ArgumentException(
                    $"The method '{name}' needs its parameter '{parameter.Name}', which follows an optional one; put it before.",
                    nameof(parameters));
            }
        }

        Name = name;
        _parameters = [.. parameters];
        _names = Array.ConvertAll(_parameters, parameter => Encoding.UTF8.GetBytes(parameter.Name));
        foreach (var parameter in _parameters)
        {
            RequiredCount += parameter.IsRequired ? 1 : 0;
        }
    }

    /// <summary>The name, as callers write it.</summary>
    public string Name { get; }

    /// <summary>The parameters, in the order of their positions.</summary>
    public IReadOnlyList<JsonRpcParameterInfo> Parameters => _parameters;

    /// <summary>What the result may be; null, the default, for a method without a result, which answers null.</summary>
    public JsonRpcSchema? Result { get; init; }

    /// <summary>What the method does, in one line; null by default.</summary>
    public string? Summary { get; init; }

    /// <summary>More about the method; null by default.</summary>
    public string? Description { get; init; }

    /// <summary>Whether callers should no longer use the method. False by default.</summary>
    public bool IsDeprecated { get; init; }

    /// <summary>
    /// The types that each call takes from the services of its request. A server that starts without them logs a warning. Empty by default.
    /// </summary>
    public IReadOnlyList<Type> Services { get; init; } = [];

    /// <summary>Whether parameters and result are declared. False for a method added by its name alone.</summary>
    internal bool IsDeclared { get; init; } = true;

    /// <summary>The number of parameters.</summary>
    internal int Count => _parameters.Length;

    /// <summary>The number of parameters that a call must have; they come first.</summary>
    internal int RequiredCount { get; }

    /// <summary>
    /// The position of the parameter named by the reader's current string, which is most often <paramref name="likely"/>; −1 for another
    /// name.
    /// </summary>
    internal int IndexOf(in Utf8JsonReader reader, int likely)
    {
        if ((uint)likely < (uint)_names.Length && Is(reader, _names[likely]))
        {
            return likely;
        }

        for (var i = 0; i < _names.Length; i++)
        {
            if (Is(reader, _names[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool Is(in Utf8JsonReader reader, byte[] name) =>
        reader.ValueIsEscaped ? reader.Is(name) : reader.ValueSpan.SequenceEqual(name);
}
