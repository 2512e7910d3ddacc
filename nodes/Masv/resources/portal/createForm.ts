import { createForm } from '../../../../masv/portals/form';
import { newName } from '../../fields/newName';
import { portalId, toPortalId } from '../../fields/portalId';
import { optionalText } from '../../values/text';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Create Form',
	value: 'createForm',
	action: 'Create a form for a portal',
	description:
		'Create the form that senders must fill in before they upload files to a portal. A portal has at most one form.',
	fields: [
		portalId,
		{ ...newName, placeholder: 'e.g. Camera Report' },
		{
			displayName: 'Delivery Formats',
			name: 'deliveryFormats',
			type: 'multiOptions',
			options: [
				{ name: 'CSV File', value: 'csv' },
				{ name: 'Email', value: 'email_body', description: 'In the notification to the recipients' },
				{ name: 'JSON File', value: 'json' },
				{ name: 'XML File', value: 'xml' },
			],
			default: ['json'],
			description: 'How MASV delivers the values. Files are added to the package.',
		},
		{
			displayName: 'Fields',
			name: 'fields',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true, sortable: true },
			placeholder: 'Add field',
			default: {},
			description:
				"Without any, the form has MASV's default fields: sender email, package name and description. How choices of checkboxes, radio buttons and dropdowns are defined is not documented; enter them in the MASV web app.",
			options: [
				{
					name: 'entries',
					displayName: 'Field',
					values: [
						{
							displayName: 'Field Name',
							name: 'name',
							type: 'string',
							default: '',
							required: true,
							placeholder: 'e.g. project_code',
							description: 'Unique name of the value, not shown to senders',
						},
						{
							displayName: 'Label',
							name: 'label',
							type: 'string',
							default: '',
							placeholder: 'e.g. Project code',
							description: 'What senders see',
						},
						{
							displayName: 'Prefilled Value',
							name: 'defaultValue',
							type: 'string',
							default: '',
							placeholder: 'e.g. ABC',
							description: 'Value that the field has until the sender changes it',
						},
						{
							displayName: 'Type',
							name: 'type',
							type: 'options',
							options: [
								{
									name: 'Checkbox',
									value: 'checkbox',
								},
								{
									name: 'Date',
									value: 'date',
								},
								{
									name: 'Dropdown',
									value: 'dropdown',
								},
								{
									name: 'Email',
									value: 'email',
								},
								{
									name: 'Long Text',
									value: 'long_text',
								},
								{
									name: 'Number',
									value: 'number',
								},
								{
									name: 'Package Description',
									value: 'package_description',
								},
								{
									name: 'Package Name',
									value: 'package_name',
								},
								{
									name: 'Radio Buttons',
									value: 'radio',
								},
								{
									name: 'Sender Email',
									value: 'sender_email',
								},
								{
									name: 'Short Text',
									value: 'short_text',
								},
								{
									name: 'URL',
									value: 'url',
								},
							],
							default: 'short_text',
						},
						{
							displayName: 'Visibility',
							name: 'visibility',
							type: 'options',
							options: [
								{
									name: 'Hidden',
									value: 'hidden',
								},
								{
									name: 'Optional',
									value: 'optional',
								},
								{
									name: 'Read-Only',
									value: 'readonly',
								},
								{
									name: 'Required',
									value: 'required',
								},
							],
							default: 'optional',
						},
					],
				},
			],
		},
		{
			displayName: 'Form Template ID',
			name: 'formTemplateId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 01J0VK7K95A2ACFRW3Z93DJ7B2',
			description: 'ID of a template in MASV to create the form from',
		},
	],
	run: async ({ masv, input }) => {
		const id = await toPortalId(masv, input.portalId);
		const template = optionalText(input.formTemplateId);
		const fields = input.fields.map(({ name, label, type, visibility, defaultValue }, position) => ({
			name: name.trim(),
			...(label !== '' && { label }),
			type,
			visibility,
			...(defaultValue !== '' && { default_value: defaultValue }),
			position,
		}));
		const form = await createForm(masv, id, {
			name: input.name.trim(),
			delivery_formats: input.deliveryFormats,
			...(template !== undefined && { form_template_id: template }),
			...(fields.length > 0 && { fields }),
		});
		return { ...form, portal_id: id };
	},
});
