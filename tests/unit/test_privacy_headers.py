"""Columns as exports of Latin America call them: which are somebody's, and which are nobody's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from recobro_data.privacy.personal import looks_like

#: What they look like, a value of theirs, and what they are called in Spanish, Portuguese or English.
PERSONAL = {
    ("a name", "Eulogio Quispe"): """nombre_completo NOMBRE nombres apellido apellido_paterno ApMaterno primer_nombre
        nm_cliente nom_cliente NOME_CLIENTE nome_mae sobrenome razon_social customer_name FirstName last_name
        contacto_nombre titular_cuenta representante_legal codeudor avalista cliente deudor deudor_principal devedor""",
    ("a national id", "45678912"): """DNI dni_cliente num_doc nro_documento NumDoc cedula cc identificacion
        numero_identificacion carnet_extranjeria tax_id nss RG rut_cliente cpf_cnpj""",
    ("a national id", "529.982.247-25"): "CPF nr_cpf",
    ("a national id", "12.345.678-5"): "RUT rut_deudor",
    ("a phone number", "987654321"): """celular celular_1 Celular2 movil telefono1 telf1 tlf fone telefone
        telefone_celular nr_telefone ddd_fone phone_number contacto""",
    ("an e-mail address", "eq@correo.pe"): "correo correo_electronico e-mail e_mail EMAIL2 mail_cliente",
    ("an address", "Jr. Puno 123"): "direccion dir_cliente domicilio direccion_domicilio barrio endereco logradouro",
    ("an address", "01310-100"): "cep codigo_postal zip",
    ("an address", "-12.046374"): "latitud lat lng",
    ("a birth date", "17/05/1980"): "fecha_nacimiento fec_nac FecNac fnac dt_nascimento data_nasc birth_date dob",
    ("a bank card", "4111111111111111"): "tarjeta nro_tarjeta",
    ("a bank account", "00219312345678012345"): "cci cuenta_bancaria conta_corrente clabe",
}
#: Values of columns that are nobody's, and what they are called.
NOBODYS = {
    ("Tarjeta Oro", "Crédito Personal", "Hipoteca"): "nombre_producto nome_produto product_name producto",
    ("10.0.0.1", "10.0.0.2", "10.0.0.3"): "direccion_ip ip_address",
    ("San Juan", "Santa Ana", "San José"): "ciudad distrito nombre_agencia sucursal comuna",
    ("2026-01-05", "2026-01-06", "2026-02-01"): """fecha_documento fecha_llamada_telefono fecha_envio_email fecha_pago
        fecha_nacionalizacion""",
    ("2", "0", "1"): """num_telefonos qtd_telefones correos_enviados llamadas_celular calle_numero_intentos nro_cuota
        whatsapp_enviados""",
    ("SI", "NO", "S"): "tiene_celular email_enviado canal_whatsapp telefono_valido",
    ("call", "sms", "visit"): "canal tipo_contacto tipo_direccion direccion_gestion estado_civil",
    ("0011223344", "0011223345", "0011223346"): "nro_credito nro_operacion cuenta",
    ("F001-00012", "F001-00013", "F002-00001"): "documento_pago nro_documento_pago nro_doc_factura comprobante",
    ("20260101-1", "20260102-1", "20260103-1"): "run_id email_id",
    ("1234567.80", "2345678.10", "9876543.20"): "monto saldo capital",
    ("alto valor", "bajo riesgo", "sin dato"): "segmento_cliente tipo_cliente perfil",
    ("no contesta", "paga el lunes", "llamar luego"): "comentario observaciones ultima_gestion",
    ("2009-01-05", "2010-06-30", "2011-02-01"): "fecha_castigo vencimiento",
    ("C-001", "C-002", "C-003"): "cliente codigo_cliente deudor",
}


def personal() -> Iterator[tuple[str, str, str]]:
    for (what, value), headers in PERSONAL.items():
        yield from ((header, value, what) for header in headers.split())


def nobodys() -> Iterator[tuple[str, tuple[str, ...]]]:
    for values, headers in NOBODYS.items():
        yield from ((header, values) for header in headers.split())


@pytest.mark.parametrize(("header", "value", "what"), list(personal()))
def test_a_column_about_somebody_is_told_by_its_header(header: str, value: str, what: str) -> None:
    assert looks_like(header, [value, "", value]) == what


@pytest.mark.parametrize(("header", "values"), list(nobodys()))
def test_a_column_about_a_thing_a_count_or_a_day_is_left_in_peace(header: str, values: tuple[str, ...]) -> None:
    assert looks_like(header, values) is None


def test_there_are_many_of_both() -> None:
    assert (len(list(personal())) >= 60, len(list(nobodys())) >= 40) == (True, True)


@pytest.mark.parametrize("header", ["nombre", "celular", "fec_nac", "direccion"])
def test_a_personal_header_over_no_values_is_told(header: str) -> None:
    assert looks_like(header, []) is not None


@pytest.mark.parametrize("header", ["", "7", "?"])
def test_a_column_without_a_name_is_judged_by_its_values_alone(header: str) -> None:
    assert looks_like(header, ["alto valor", "bajo riesgo", "sin dato"]) is None


def test_a_phone_number_behind_two_zeros_has_a_calling_code() -> None:
    assert looks_like("x", ["0051987654321", "00 55 11 98765-4321", "00569 8765 4321"]) == "a phone number"
