"""The words of a plan's printed page, in Spanish, Portuguese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from recobro_data.vocabulary import LANGUAGES

_WORDS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "plan": (
            "Plan [bold]{plan_id}[/] del {day}: [bold]{items:,}[/] en la lista de trabajo, se espera que sumen "
            "{value}; {alone:,} no se gestionan{why}.",
            "Plano [bold]{plan_id}[/] de {day}: [bold]{items:,}[/] na lista de trabalho, espera-se que somem "
            "{value}; {alone:,} não são acionados{why}.",
            "Plan [bold]{plan_id}[/] for {day}: [bold]{items:,}[/] on the worklist, expected to add {value}; "
            "{alone:,} left alone{why}.",
        ),
        "chance": (
            "Explorar cuesta {exploring:,.2f} de valor esperado; el grupo de control, {control:,.2f}.",
            "Explorar custa {exploring:,.2f} de valor esperado; o grupo de controle, {control:,.2f}.",
            "Exploring costs {exploring:,.2f} of expected value, the control group {control:,.2f}.",
        ),
        "near": (
            "Sin sorteos lo máximo posible eran {bound:,.2f}: el plan queda a {gap} o menos de lo mejor.",
            "Sem sorteios o máximo possível eram {bound:,.2f}: o plano fica a {gap} ou menos do melhor.",
            "Without draws at most {bound:,.2f} was possible: the plan is within {gap} of the best.",
        ),
        "best": (
            "Sin sorteos lo máximo posible eran {bound:,.2f}: el plan es exactamente el mejor.",
            "Sem sorteios o máximo possível eram {bound:,.2f}: o plano é exatamente o melhor.",
            "Without draws at most {bound:,.2f} was possible: the plan is exactly the best.",
        ),
        "near_in": (
            "El plan queda a {gap} o menos de lo mejor. Las cifras que siguen se cuentan en {measure}.",
            "O plano fica a {gap} ou menos do melhor. As cifras que seguem contam-se em {measure}.",
            "The plan is within {gap} of the best. The figures that follow are counted in {measure}.",
        ),
        "best_in": (
            "El plan es exactamente el mejor. Las cifras que siguen se cuentan en {measure}.",
            "O plano é exatamente o melhor. As cifras que seguem contam-se em {measure}.",
            "The plan is exactly the best. The figures that follow are counted in {measure}.",
        ),
        "in_rates": ("dinero según [rates]", "dinheiro segundo [rates]", "money by [rates]"),
        "in_typical": (
            "montos medianos de cada moneda, porque faltan [rates]",
            "montantes medianos de cada moeda, porque faltam [rates]",
            "median amounts of each currency, because [rates] are missing",
        ),
        "in_rule": ("puntos de los tres criterios", "pontos dos três critérios", "points of the three criteria"),
        "attempts": (
            "Un intento más aportaría", "Uma tentativa a mais traria", "One more attempt would bring",
        ),
        "hours": (
            "Una hora de agente más aportaría", "Uma hora de agente a mais traria", "One more agent-hour would bring",
        ),
        "budget": (
            "Una unidad más de presupuesto aportaría", "Uma unidade a mais de orçamento traria",
            "One unit more of budget would bring",
        ),
        "shares": (
            "Las partes mínimas cuestan a lo sumo", "As partes mínimas custam no máximo", "Minimum shares cost at most",
        ),
        "missed": (
            "Por el sorteo quedan por debajo de su parte mínima", "Pelo sorteio ficam abaixo de sua parte mínima",
            "Chance leaves below their minimum share",
        ),
        "of_share": ("{share} de {least}", "{share} de {least}", "{share} of {least}"),
        "and_more": (" y {n} más", " e mais {n}", " and {n} more"),
        "in_the_day": ("{of} en el día", "{of} no dia", "{of} in the day"),
        "at_hour": ("{of} a las {hour}", "{of} às {hour}", "{of} at {hour}"),
        "rules": (
            "Las reglas cuestan a lo sumo, si se levanta cada una sola{more}:",
            "As regras custam no máximo, se cada uma cair sozinha{more}:",
            "Rules cost at most, each lifted alone{more}:",
        ),
        "more_rules": (" ({n} más cuestan menos)", " (mais {n} custam menos)", " ({n} more cost less)"),
        "duties": (
            "Contactos que la ley exige: {due:,} debidos, {met:,} planificados",
            "Contatos que a lei exige: {due:,} devidos, {met:,} planejados",
            "Contacts that the law demands: {due:,} due, {met:,} planned",
        ),
        "unmet": ("; no es posible: {unmet}.", "; não é possível: {unmet}.", "; not possible: {unmet}."),
        "split": (
            "{channel}: {n} agentes, de {least} a {most} gestiones y de {low:,.2f} a {high:,.2f} de valor esperado "
            "cada uno; a lo sumo {far:.1f} % de la media",
            "{channel}: {n} agentes, de {least} a {most} contatos e de {low:,.2f} a {high:,.2f} de valor esperado "
            "cada um; no máximo {far:.1f} % da média",
            "{channel}: {n} agents, {least} to {most} items and {low:,.2f} to {high:,.2f} of expected value each; "
            "at most {far:.1f} % from the mean",
        ),
        "beyond": (
            ", más que la tolerancia de {tolerance:.1%}", ", além da tolerância de {tolerance:.1%}",
            ", beyond the tolerance of {tolerance:.1%}",
        ),
        "contact.prior": (
            "Las horas de contacto son supuestas: no se conoce ningún intento.",
            "Os horários de contato são supostos: nenhuma tentativa é conhecida.",
            "Contact times are assumed: no attempt is known.",
        ),
        "contact.rates": (
            "Las horas de contacto son las tasas de la cartera: hay muy pocos intentos para pesar los de cada deudor.",
            "Os horários de contato são as taxas da carteira: há poucas tentativas para pesar as de cada devedor.",
            "Contact times are the portfolio's rates: there are too few attempts to weigh each debtor's.",
        ),
        "effect.prior": (
            "Lo que agrega un contacto es supuesto: muy pocos fueron contactados o no gestionados para aprenderlo.",
            "O que um contato acrescenta é suposto: poucos foram contatados ou não acionados para aprendê-lo.",
            "What a contact adds is assumed: too few were tried, reached and left alone to learn it.",
        ),
        "effect.observational": (
            "Lo que agrega un contacto es observacional: la bitácora no guarda propensiones.",
            "O que um contato acrescenta é observacional: o registro não guarda propensões.",
            "What a contact adds is observational: the log holds no propensities.",
        ),
    }
)  # fmt: skip

#: What a plan's summary remarks, there in English; `{of}` is a name of the configuration.
REMARKS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "no_capacity": (
            "No hay capacidad alguna: la de cada canal es 0 en la configuración, así que a nadie se puede contactar.",
            "Não há capacidade alguma: a de cada canal é 0 na configuração, então ninguém pode ser contatado.",
            "There is no capacity at all: every channel's is 0 in the configuration, so nobody can be contacted.",
        ),
        "nobody": (
            "Hay capacidad para {of}, y ese día a nadie se puede contactar por ahí.",
            "Há capacidade para {of}, e nesse dia ninguém pode ser contatado por aí.",
            "There is capacity for {of}, and nobody may be contacted by it on this day.",
        ),
        "no_team": (
            "Ningún equipo trabaja {of} ese día.", "Nenhuma equipe trabalha {of} nesse dia.",
            "No team is at work for {of} on this day.",
        ),
        "no_portfolio": (
            "[portfolios.{of}] no es el nombre de ninguna cartera con un cargo abierto.",
            "[portfolios.{of}] não é o nome de nenhuma carteira com uma cobrança em aberto.",
            "[portfolios.{of}] is the name of no portfolio with an open charge.",
        ),
        "no_agents": (
            "[teams.{of}] no tiene agentes.", "[teams.{of}] não tem agentes.", "[teams.{of}] has no agents.",
        ),
    }
)  # fmt: skip


def say(key: str, language: str, **values: Any) -> str:
    """The words of a key with its values.

    Example:
        >>> say("and_more", "pt", n=3)
        ' e mais 3'
    """
    return _WORDS[key][LANGUAGES.index(language)].format(**values)


def say_remark(remark: str, language: str) -> str:
    """A remark of a plan's summary in a language; one of other words as it stands.

    Example:
        >>> say_remark("[teams.night] has no agents.", "es")
        '[teams.night] no tiene agentes.'
    """
    for words in REMARKS.values():
        found = re.fullmatch(re.escape(words[-1]).replace(r"\{of\}", "(?P<of>.+)"), remark, re.DOTALL)
        if found:
            return words[LANGUAGES.index(language)].format(**found.groupdict())
    return remark
