// Owns: the code of one typed method: its declaration, the reading of its params, and the writing of its result.

using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace TinyHost.JsonRpc.Generator;

/// <summary>Writes methods. A type that no context lists adds a problem.</summary>
internal sealed class MethodEmitter(Codecs codecs, List<Problem> problems)
{
    private const string Library = "global::TinyHost.JsonRpc.";
    private const string Services = "global::Microsoft.Extensions.DependencyInjection.";
    private const string Result = "global::System.Threading.Tasks.ValueTask<" + Library + "JsonRpcError?>";

    /// <summary>
    /// Statements that declare the method <c>Invoke{number}</c> and its declaration <c>info{number}</c>, and add both to <c>handler</c>.
    /// Null if a problem was found.
    /// </summary>
    /// <param name="method">The method.</param>
    /// <param name="number">Its number among those that one call adds.</param>
    /// <param name="name">Its name, as an expression of C#.</param>
    /// <param name="callee">What is called, as an expression of C#.</param>
    /// <param name="target">The type of the service that has the method; null for a method that needs none.</param>
    public string? Write(MethodModel method, int number, string name, string callee, string? target)
    {
        var before = problems.Count;
        var parameters = method.Parameters.Select((parameter, index) => Resolve(parameter, index)).ToList();
        var result = method.Result is null ? null : Codec(method.Result, method.Place, $"The result of {Called(method)}");
        if (problems.Count > before)
        {
            return null;
        }

        var values = parameters.Where(parameter => parameter.Codec is not null).ToList();
        MarkRequired(values);
        var text = new StringBuilder();
        var services = parameters.Select(parameter => parameter.Service).Prepend(target).OfType<string>();
        WriteInfo(text, method, number, name, values, result, string.Join(", ", services.Select(type => $"typeof({type})")));
        text.AppendLine($"            handler.Add(info{number}, Invoke{number});");
        text.AppendLine();
        text.AppendLine($"            {Result} Invoke{number}({Library}JsonRpcCall call)");
        text.AppendLine("            {");
        WriteReading(text, number, values);
        var arguments = string.Join(", ", parameters.Select(parameter => parameter.Argument));
        WriteCall(text, method, $"{callee}({arguments})", result);
        text.AppendLine("            }");
        return text.ToString();
    }

    private static string Called(MethodModel method) => method.Identifier.Length == 0 ? "the lambda" : $"'{method.Identifier}'";

    private static void MarkRequired(List<Bound> values)
    {
        // What may be left out stands at the end; before a required parameter, null must be sent.
        var optional = true;
        for (var i = values.Count - 1; i >= 0; i--)
        {
            optional &= values[i].Model.Default is not null;
            values[i].IsRequired = !optional;
        }
    }

    private static void WriteInfo(
        StringBuilder text, MethodModel method, int number, string name, List<Bound> values, string? result, string services)
    {
        text.Append($"            var info{number} = new {Library}JsonRpcMethodInfo({name}");
        foreach (var value in values)
        {
            text.AppendLine(",");
            text.Append($"                new {Library}JsonRpcParameterInfo({Names.Literal(value.Model.Name)}, {value.Codec}.Schema, ");
            text.Append($"isRequired: {(value.IsRequired ? "true" : "false")})");
            text.Append(value.Model.Description.Length > 0 ? $" {{ Description = {Names.Literal(value.Model.Description)} }}" : "");
        }

        text.AppendLine(")");
        text.AppendLine("            {");
        Member("Result", result is null ? null : $"{result}.Schema");
        Member("Summary", method.Summary.Length > 0 ? Names.Literal(method.Summary) : null);
        Member("Description", method.Remarks.Length > 0 ? Names.Literal(method.Remarks) : null);
        Member("IsDeprecated", method.IsDeprecated ? "true" : null);
        Member("Services", services.Length > 0 ? $"[{services}]" : null);
        text.AppendLine("            };");

        void Member(string member, string? value)
        {
            if (value is not null)
            {
                text.AppendLine($"                {member} = {value},");
            }
        }
    }

    private static void WriteReading(StringBuilder text, int number, List<Bound> values)
    {
        foreach (var value in values)
        {
            text.AppendLine($"                {value.Model.Type} {value.Local} = {value.Model.Default ?? "default!"};");
        }

        text.AppendLine($"                var arguments = new {Library}JsonRpcArguments(call, info{number});");
        if (values.Count == 0)
        {
            text.AppendLine("                arguments.Next(out _);");
        }
        else
        {
            WriteLoop(text, values);
        }

        text.AppendLine("                if (arguments.Error is { } error)");
        text.AppendLine("                {");
        text.AppendLine("                    return new(error);");
        text.AppendLine("                }");
        text.AppendLine();
    }

    private static void WriteLoop(StringBuilder text, List<Bound> values)
    {
        text.AppendLine("                while (arguments.Next(out var index))");
        text.AppendLine("                {");
        text.AppendLine("                    switch (index)");
        text.AppendLine("                    {");
        for (var i = 0; i < values.Count; i++)
        {
            var value = values[i];
            var read = value.Model.TakesRest
                ? $"ReadRest<{value.Model.Value!.Item!.Type}, {value.ItemCodec}>()"
                : $"Read<{value.Model.Value!.Type}, {value.Codec}>()";
            text.AppendLine($"                        case {i}:");
            text.AppendLine($"                            {value.Local} = arguments.{read};");
            text.AppendLine("                            break;");
        }

        text.AppendLine("                    }");
        text.AppendLine("                }");
        text.AppendLine();
    }

    private static void WriteCall(StringBuilder text, MethodModel method, string call, string? result)
    {
        if (method.Return != ReturnKind.Plain)
        {
            var types = result is null ? "" : $"<{method.Result!.Type}, {result}>";
            text.AppendLine($"                return {Library}TypedResult.WriteAsync{types}(call, {call});");
            return;
        }

        text.AppendLine(result is null ? $"                {call};" : $"                {result}.Write(call.Result, {call});");
        text.AppendLine("                return default;");
    }

    private Bound Resolve(ParameterModel parameter, int index)
    {
        var local = $"p{index}";
        switch (parameter.Kind)
        {
            case ParameterKind.Cancellation:
                return new(parameter, local, "call.Aborted");
            case ParameterKind.Call:
                return new(parameter, local, "call");
            case ParameterKind.Context:
                return new(parameter, local, "call.Context");
            case ParameterKind.User:
                return new(parameter, local, "call.Context.User");
            case ParameterKind.Services:
                return new(parameter, local, "call.Services");
        }

        if (parameter.Value is null || (parameter.Value.MayBeService && codecs.Unlisted(parameter.Value) is not null))
        {
            var type = parameter.Type.TrimEnd('?');
            var get = parameter.Default is null ? "GetRequiredService" : "GetService";
            return new(parameter, local, parameter.ServiceKey is { } key
                ? $"{Services}ServiceProviderKeyedServiceExtensions.{get.Replace("Service", "KeyedService")}<{type}>(call.Services, {key})"
                : $"{Services}ServiceProviderServiceExtensions.{get}<{type}>(call.Services)")
            {
                // What may be missing, or has a key, is found at the call.
                Service = parameter.Default is null && parameter.ServiceKey is null ? type : null,
            };
        }

        var codec = Codec(parameter.Value, parameter.Place, $"Parameter '{parameter.Identifier.TrimStart('@')}'");
        return new(parameter, local, local)
        {
            Codec = codec ?? "",
            ItemCodec = codec is not null && parameter.TakesRest ? codecs.Find(parameter.Value.Item!) : null,
        };
    }

    private string? Codec(ValueModel value, Place? place, string what)
    {
        var unlisted = codecs.Unlisted(value);
        if (unlisted is null)
        {
            return codecs.Find(value);
        }

        var hint = what[0] == 'P' ? ", or mark the parameter [JsonRpcService] if it is a service" : "";
        problems.Add(Problem.Of(Rules.NoContext, place, what, unlisted.Name, hint));
        return null;
    }

    /// <summary>A parameter and the C# that gives its value.</summary>
    private sealed class Bound(ParameterModel model, string local, string argument)
    {
        public ParameterModel Model { get; } = model;

        public string Local { get; } = local;

        public string Argument { get; } = argument;

        public string? Service { get; set; }

        public string? Codec { get; set; }

        public string? ItemCodec { get; set; }

        public bool IsRequired { get; set; }
    }
}
